"""What people write after `/hypertool` is understood, or they are told the nearest right words."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.domain.command import Command, Verb
from responder.slackbot.commands import TYPED, Missing, Wrong, read, usage
from responder.slackbot.shellwords import split

PLAYBOOKS: Final = {
    "TokenBudgetExceeded": ("persona",),
    "SlowWorkflowStage": ("workflow", "stage"),
    "ExcessivePersonaSwitching": (),
}
BUDGET: Final = "TokenBudgetExceeded"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Command(verb=Verb.HELP)),
        ("  help ", Command(verb=Verb.HELP)),
        ("STATUS", Command(verb=Verb.STATUS)),
        ("status share", Command(verb=Verb.STATUS, shared=True)),
        ("incident K7M2WQ9P", Command(verb=Verb.INCIDENT, subject="k7m2wq9p")),
        ("why backend-engineer", Command(verb=Verb.WHY, subject="backend-engineer")),
        ("why workflow=bug-fix", Command(verb=Verb.WHY, labels={"workflow": "bug-fix"})),
        ("fix", Command(verb=Verb.FIX)),
        ("silence K7M2WQ9P", Command(verb=Verb.SILENCE, subject="k7m2wq9p")),
        ("silence k7m2wq9p 30m", Command(verb=Verb.SILENCE, subject="k7m2wq9p", text="30m")),
        (
            "silence k7m2wq9p 1h30m a load test",
            Command(verb=Verb.SILENCE, subject="k7m2wq9p", text="1h30m a load test"),
        ),
        ("pause the release goes out", Command(verb=Verb.PAUSE, text="the release goes out")),
        (
            "diagnose ExcessivePersonaSwitching",
            Command(verb=Verb.DIAGNOSE, subject="ExcessivePersonaSwitching"),
        ),
    ],
)
def test_a_command_is_read(text: str, expected: Command) -> None:
    assert read(text, PLAYBOOKS) == expected


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("persona=backend-engineer", "backend-engineer"),
        ("backend-engineer", "backend-engineer"),  # the only label it is asked by
        ('persona="backend engineer"', "backend engineer"),
        ("persona=“backend engineer”", "backend engineer"),  # as Slack makes them
        ("persona=\u2018backend engineer\u2019", "backend engineer"),
        ('"persona=backend engineer"', "backend engineer"),
        ("persona=„backend engineer“", "backend engineer"),
        (r'persona="a \"b\" \\ c"', r'a "b" \ c'),
        ("persona=it's", "it's"),
        ("persona=`a`", "`a`"),
        ("persona=a=b", "a=b"),
        ("persona=<@U0BOB|bob>", "@bob"),  # as Slack escapes @bob
        ("persona=<!channel>", "@channel"),
        ("persona=<https://a.example/b|a.example>", "https://a.example/b"),
        ("persona=a&amp;b&lt;c&gt;", "a&b<c>"),
        ("severity=critical alertname=X persona=a", "a"),  # copied with all its labels
    ],
)
def test_the_value_of_a_label_is_read_as_it_was_meant(written: str, value: str) -> None:
    found = read(f"diagnose {BUDGET.lower()} {written}", PLAYBOOKS)
    assert found == Command(verb=Verb.DIAGNOSE, subject=BUDGET, labels={"persona": value})


def test_labels_that_are_missing_are_named() -> None:
    found = read("diagnose SlowWorkflowStage workflow=bug-fix share", PLAYBOOKS)
    assert isinstance(found, Missing)
    assert (found.labels, found.command.shared) == (("stage",), True)


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("stauts", 'did you mean "status"?'),
        ("tokenbudgetexceeded", 'did you mean "diagnose TokenBudgetExceeded"?'),
        ("diagnose TokenBudgetExceded", 'did you mean "TokenBudgetExceeded"?'),
        (f"diagnose {BUDGET} perona=a", 'did you mean "persona"?'),
        (f"diagnose {BUDGET} a b", "write name=value"),
        (f"diagnose {BUDGET} persona=a persona=b", "twice"),
        ("diagnose", "TokenBudgetExceeded"),
        (f'diagnose {BUDGET} persona="a', "not closed"),
        ("incident 42", "no id of an incident"),
        ("incident", "id of one incident"),
        ("why", "one persona or workflow"),
        ("why persona=", "one persona or workflow"),
        ("status now", "no more words"),
        ("share x", 'there is no "share"'),
        ("x" * 2001, "longer than 2000"),
    ],
)
def test_what_is_wrong_is_said_with_the_nearest_right_words(text: str, nearest: str) -> None:
    found = read(text, PLAYBOOKS)
    assert isinstance(found, Wrong)
    assert nearest in found.words


@given(st.text(max_size=300))
def test_whatever_is_written_is_answered(text: str) -> None:
    """Nothing that anybody writes is an error of ours."""
    assert isinstance(read(f"diagnose {BUDGET} {text}", PLAYBOOKS), Command | Missing | Wrong)
    assert isinstance(read(text, PLAYBOOKS), Command | Missing | Wrong)


@given(st.lists(st.text(alphabet=st.characters(exclude_characters='"“”„‟«»'), max_size=20), max_size=5))
def test_quoted_words_come_back_as_they_were(words: list[str]) -> None:
    quoted = " ".join('"' + word.replace("\\", "\\\\") + '"' for word in words)
    assert split(quoted) == words


def test_the_help_names_every_word() -> None:
    assert {line.split(" ", 1)[0] for line, _ in usage()} - {"…"} == set(TYPED) - {Verb.HELP}
