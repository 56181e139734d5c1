"""The runbook's pages: whole, harmless, and searched the same by the server as by their script."""

import re
from html.parser import HTMLParser

import pytest

from responder.diagnose.registry import specs
from responder.domain.marks import Tally
from responder.knowledge.runbook import read_runbook
from responder.playbook.runbook import Chapter, Runbook, runbook_of
from responder.render.runbook import Around, found, playbook_page, runbook_page
from responder.resources import resource_dir

VOID = {"meta", "br", "input"}
NASTY = "<script>alert(1)</script> {{ 7 * 7 }} \"quoted\" 'too' </section>"


class Nested(HTMLParser):
    """Fails unless every element is closed where it should be; keeps ids and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in {"style", "script"}:
            self.text += data


@pytest.fixture(scope="module")
def runbook() -> Runbook:
    return read_runbook(resource_dir("playbooks"), specs())


@pytest.fixture
def nasty(runbook: Runbook) -> Runbook:
    """What somebody could write into every place of a playbook that takes a sentence."""
    first = runbook.playbooks[0]
    step = first.investigation[0].model_copy(update={"do": NASTY, "query": NASTY, "empty": NASTY})
    cause = first.causes[0].model_copy(update={"title": NASTY, "indicator": NASTY, "check": NASTY})
    fix = first.fixes[0].model_copy(update={"title": NASTY, "buys": (NASTY.replace("{{ 7 * 7 }}", ""),)})
    texts = dict.fromkeys(("title", "category", "description", "impact"), NASTY)
    parts = {"investigation": (step,), "causes": (cause,), "fixes": (fix,), "prevention": (NASTY,)}
    return runbook_of({first.alert: first.model_copy(update=texts | parts)}, runbook.general)


def test_a_playbook_says_how_often_its_alert_was_a_false_alarm(runbook: Runbook) -> None:
    playbook = runbook.playbooks[0]
    said = "People called 2 of its 7 incidents of the last 90 days false alarms"
    assert said in Nested(playbook_page(runbook, playbook, Tally(7, 2))).text
    assert "People called" not in Nested(playbook_page(runbook, playbook, Tally(7, 0))).text


def test_each_part_can_be_jumped_to_and_each_id_is_there_once(runbook: Runbook) -> None:
    ids = Nested(runbook_page(runbook)).ids
    assert len(ids) == len(set(ids))
    assert {one.alert.lower() for one in runbook.playbooks} | {one.anchor for one in Chapter} <= set(ids)


def test_all_that_can_be_pasted_is_on_the_page_as_it_is(runbook: Runbook) -> None:
    text = Nested(runbook_page(runbook)).text
    steps = [step for playbook in runbook.playbooks for step in playbook.investigation]
    assert [step for step in steps if (step.query or step.run or "") not in text] == []


def test_hostile_text_stays_text(nasty: Runbook) -> None:
    for page in (runbook_page(nasty, search=NASTY), playbook_page(nasty, nasty.playbooks[0])):
        assert NASTY in Nested(page).text
        assert "<script>alert" not in page
    with_graph = runbook_page(nasty, around=Around(prometheus_url="http://prometheus.example.org"))
    assert all(re.match(r"https?://|/|#", url) for url in re.findall(r'href="([^"]*)"', with_graph))


def test_a_playbook_s_page_says_what_is_asked_and_what_decides(runbook: Runbook) -> None:
    for playbook in runbook.playbooks:
        text = Nested(playbook_page(runbook, playbook)).text
        asked = [query for one in playbook.diagnostics for query in one.queries().values()]
        assert [query for query in (playbook.measure.query, *asked) if query not in text] == []
        said = [test.says for cause in playbook.causes for test in cause.tests]
        assert [words for words in said if words not in text] == []


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("oscillation", {"excessivepersonaswitching"}),
        ("  OSCILLATION  ", {"excessivepersonaswitching"}),
        ("oscillation langfuse", set()),           # every word, in the same part
        ("development", {"escalation-path"}),
        ("scal", {"escalation-path"}),             # a part of a word as well
    ],
)  # fmt: skip
def test_a_part_is_found_if_every_word_is_in_it(runbook: Runbook, search: str, expected: set[str]) -> None:
    assert found(runbook, search) == expected


def test_without_a_word_everything_is_found(runbook: Runbook) -> None:
    assert len(found(runbook, " ")) == len(runbook.playbooks) + len(Chapter)


def test_without_a_general_part_the_page_has_the_alerts_only(runbook: Runbook) -> None:
    alone = runbook_of({one.alert: one for one in runbook.playbooks}, None)
    page = Nested(runbook_page(alone))
    assert {one.anchor for one in Chapter}.isdisjoint(page.ids)
    assert "TokenBudgetExceeded" in page.text


@pytest.mark.parametrize(
    ("alert", "words"),
    [
        ("SlowWorkflowStage", "It is bad above 5 min."),  # of a histogram that has no bound of its own there
        ("TokenBudgetDepletionPredicted", "It is bad below 0 tokens."),
        ("TokenBudgetExceeded", "It is bad at or below 0 tokens."),
        ("HypertoolMetricsNotReported", 'It is bad where it says "no metrics".'),
    ],
)
def test_a_playbook_says_where_its_measure_is_bad(runbook: Runbook, alert: str, words: str) -> None:
    playbook = next(one for one in runbook.playbooks if one.alert == alert)
    assert words in Nested(playbook_page(runbook, playbook)).text


def test_a_search_without_a_find_says_so(runbook: Runbook) -> None:
    assert "0 of 12 parts: none has all of these words" in runbook_page(runbook, search="xylophone")
