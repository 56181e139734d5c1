"""Quick fixes as people read them: what could be done, what is in force, how it ended."""

from dataclasses import replace
from datetime import timedelta

import pytest

from responder.domain.fix import Fix, FixEnd, FixState
from responder.domain.notice import Notice
from responder.domain.report import Direction, Lease, Reading
from responder.domain.units import Unit
from responder.policy.gates import WORDS, Refusal
from responder.render.fix_words import ENDS, STATES, held_spans, measured_words, refusal_words
from responder.render.fixes import ENDED_SHOWN, WITH_BUTTONS
from responder.render.lines import Line, Part
from responder.render.text import message_lines, message_text
from responder.testing.samples import WITH_FIXES, lives, seven
from responder.testing.samples.fixes import (
    HOUR,
    held,
    in_force,
    many_ended,
    over,
    raise_budget,
    silence,
    with_fixes,
)
from responder.testing.samples.parts import NOW, reading

ABOUT_FIXES = {Part.HELD, Part.FIX, Part.OTHER_FIX, Part.FIX_ENDED}


def lines_of(notice: Notice) -> list[Line]:
    return [line for line in message_lines(notice) if line.part in ABOUT_FIXES]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (  # what would be set, until when, what it buys, and that it does not answer the cause
            "fixes proposed",
            (
                "Could do: Raise the budget by 500 tokens: 2000 → 2500 tokens for 1 h, until 14 Nov 04:04 "
                "UTC or later; +500 tokens last about 12 min at this rate; buys time, does not cure"
            ),
        ),
        (
            "fix that answers",
            (
                "Could do: Relax the gate one step: strict → normal for 30 min, until 14 Nov 03:34 UTC or "
                "later; answers Stricter criteria"
            ),
        ),
        (
            "fix refused",  # the reason in the place of a button
            "Can't do: Raise the budget by 500 tokens: the value is at its ceiling",
        ),
        (
            "fix approved",
            (
                "Under way: Raise the budget by 500 tokens: 2000 → 2500 tokens; "
                "approved by ann at 14 Nov 03:14 UTC"
            ),
        ),
        (
            "fix applying",
            (
                "Under way: Raise the budget by 500 tokens: 2000 → 2500 tokens; "
                "approved by ann at 14 Nov 03:14 UTC, being applied"
            ),
        ),
        (
            "fix settling",
            (
                "Under way: Raise the budget by 500 tokens: 2000 → 2500 tokens; "
                "approved by ann at 14 Nov 03:14 UTC, applied, is looked at"
            ),
        ),
        (  # what is left is said as of a moment: read later it is true as well
            "fix in force",
            (
                "In force: Raise the budget by 500 tokens: 2000 → 2500 tokens until 14 Nov 04:14 UTC "
                "(42 min left as of 14 Nov 03:32 UTC); works: -250 → 240 tokens"
            ),
        ),
        (
            "fix undo waits",
            (
                "In force: Raise the budget by 500 tokens: 2000 → 2500 tokens; undoing waits, for it would "
                "bring the alert back; until 14 Nov 04:24 UTC; works: -250 → 240 tokens"
            ),
        ),
        (
            "fix not undone",
            (
                "Under way: Raise the budget by 500 tokens: 2000 → 2500 tokens; being undone, for its time "
                "is over; could not be undone yet"
            ),
        ),
        ("fix ended: verified", "Fix ended: Silence this alert: worked, 14 Nov 04:14 UTC"),
        (
            "fix ended: expired",
            (
                "Fix ended: Raise the budget by 500 tokens: its time was over, undone (-250 → 240 tokens), "
                "14 Nov 04:14 UTC"
            ),
        ),
        (
            "fix ended: worse",
            (
                "Fix ended: Raise the budget by 500 tokens: made things worse and was undone "
                "(-250 → -310 tokens), 14 Nov 04:14 UTC"
            ),
        ),
        (
            "fix ended: rejected",
            "Fix ended: Raise the budget by 500 tokens: rejected: not during the release, 14 Nov 04:14 UTC",
        ),
    ],
)
def test_the_message_says(name: str, sentence: str) -> None:
    assert sentence in message_text(WITH_FIXES[name]()).split("\n")


def test_every_state_and_every_end_has_words() -> None:
    assert set(STATES) == set(FixState)
    assert set(ENDS) == set(FixEnd)


@pytest.mark.parametrize("refusal", list(Refusal))
def test_a_refusal_is_told_in_the_words_that_everybody_else_uses(refusal: Refusal) -> None:
    assert refusal_words(raise_budget(refusal=refusal)) == WORDS[refusal]


def test_a_refusal_of_a_newer_version_is_told_by_its_word() -> None:
    assert refusal_words(raise_budget(refusal="moon_is_full")) == "moon is full"


@pytest.mark.parametrize(
    ("fixes", "told"),
    [
        ((), True),  # described only
        ((silence(),), True),  # another one was proposed
        ((raise_budget(),), False),
        ((raise_budget(refusal=Refusal.MODE),), False),
        ((over(FixEnd.REJECTED),), False),  # it was said no to
        ((over(FixEnd.EXPIRED, approved_by=""),), True),  # nobody took it in time
    ],
)
def test_what_was_proposed_is_not_suggested_besides(fixes: tuple[Fix, ...], *, told: bool) -> None:
    lines = message_text(replace(seven.token_budget_exceeded(), fixes=fixes, at=NOW)).split("\n")
    plain = "Could do: Raise the budget by 500 tokens (buys time, does not cure)"
    assert any(line.startswith(plain) for line in lines) is told


def test_a_fix_under_way_is_not_refused_for_its_own_sake() -> None:
    """While it holds its target the same fix is proposed again, and refused; that is no news."""
    assert "another fix is in force there" not in message_text(in_force())
    other = raise_budget(id="other", fix="other", title="Another", refusal=Refusal.TARGET_TAKEN)
    told = message_text(replace(held(FixState.APPROVED), fixes=(*in_force().fixes[:1], other)))
    assert "Can't do: Another: another fix is in force there" in told


def test_of_a_fix_in_force_hypertools_lease_says_nothing_more() -> None:
    """The control API tells of the same lease; another one's is told."""
    whole = seven.high_quality_gate_failure_rate()
    assert whole.report is not None
    [lease] = whole.report.leases
    ours = in_force().fixes[0]
    same = replace(ours, change=replace(ours.change, target=lease.resource))
    told = [line.part for line in message_lines(replace(whole, fixes=(same,), at=NOW))]
    assert Part.IN_FORCE not in told
    assert Part.HELD in told
    assert Part.IN_FORCE in [line.part for line in message_lines(replace(whole, fixes=(ours,), at=NOW))]


def test_without_a_cause_no_fix_is_belittled() -> None:
    fix = raise_budget(cause="", why="buys time, does not cure")
    assert "does not cure" not in message_text(with_fixes(fix, of=lives.unmeasured))
    assert "answers Large prompts" in message_text(
        with_fixes(replace(fix, why="answers Large prompts"), of=seven.slow_workflow_stage)
    )  # one of several that lead together


@pytest.mark.parametrize("sample", [lives.silenced, lives.inhibited])
def test_what_is_muted_is_offered_nothing_but_keeps_telling_what_is_in_force(sample: object) -> None:
    assert callable(sample)
    told = lines_of(with_fixes(silence(), *in_force().fixes[:1], of=sample))
    assert [line.label for line in told] == ["In force"]


def test_the_newest_three_that_ended_are_told_but_none_that_nobody_took() -> None:
    roomy = with_fixes(*many_ended().fixes, of=seven.excessive_persona_switching)
    told = [line.text for line in lines_of(roomy) if line.label == "Fix ended"]
    newest = (FixEnd.REJECTED, FixEnd.EXPIRED, FixEnd.REFUSED)
    assert len(told) == ENDED_SHOWN
    assert all(ENDS[end] in text for end, text in zip(newest, told, strict=True))


def test_what_ended_before_the_last_gives_way_to_what_changed() -> None:
    told = message_lines(many_ended())
    assert [line.text for line in told if line.label == "Fix ended"] == [
        "Fix ended: Raise the budget by 500 tokens: rejected: not during the release, 14 Nov 04:14 UTC"
    ]
    assert Part.CHANGED in [line.part for line in told]


def test_a_lease_that_was_read_is_not_told_any_more_when_it_is_over() -> None:
    """Ours was undone since the report was made, or its time has passed; what others hold is told on."""
    lease = Lease(resource=raise_budget().change.target, value=2500, before=2000, expires_at=None)

    def told(lease: Lease, *fixes: Fix) -> list[str]:
        notice = with_fixes(*fixes)
        assert notice.report is not None
        told = message_lines(replace(notice, report=replace(notice.report, leases=(lease,))))
        return [line.text for line in told if line.part is Part.IN_FORCE]

    assert told(lease) == ["In force: personas/backend-engineer/budget is 2500, was 2000"]
    assert told(lease, over(FixEnd.EXPIRED)) == []
    assert told(replace(lease, resource="switching/cooldown"), over(FixEnd.EXPIRED)) != []
    assert told(replace(lease, expires_at=NOW - timedelta(days=1))) == []


def test_what_worked_is_not_said_to_work_while_the_measure_is_bad_again() -> None:
    fix = in_force().fixes[0]
    assert fix.verified_at is not None
    bad = Reading(
        value=-300,
        unit=Unit.TOKENS,
        threshold=0,
        direction=Direction.BELOW,
        as_of=fix.verified_at + timedelta(minutes=5),
    )
    before = replace(bad, as_of=fix.verified_at - timedelta(minutes=5))
    assert held_spans(fix, NOW, bad)[-1] == "; worked at first: -250 → 240 tokens"
    for other in (replace(bad, value=20), before, None):
        assert str(held_spans(fix, NOW, other)[-1]).startswith("; works: -250 → 240")
    assert held_spans(replace(fix, about="somebody else"), NOW, bad)[-1] == "; works: -250 → 240 tokens"


def test_a_closed_incident_tells_what_is_in_force_and_what_was_done_last() -> None:
    ends = (over(FixEnd.REJECTED, minutes=90), over(FixEnd.EXPIRED), over(FixEnd.INEFFECTIVE, minutes=20))
    told = lines_of(replace(lives.resolved(), fixes=(silence(), *in_force().fixes, *ends), at=NOW))
    assert [line.part for line in told] == [Part.HELD, Part.FIX_ENDED]
    assert "its time was over" in told[-1].text


def test_a_fix_is_told_before_anything_was_investigated() -> None:
    """Its report may be one that can't be read any more."""
    assert "In force: " in message_text(replace(in_force(), report=None))


def test_with_little_room_what_is_under_way_stays_and_what_could_be_done_goes() -> None:
    fixes = [replace(in_force().fixes[0], id=f"fx{i}", title="word " * 19) for i in range(3)]
    more = [raise_budget(id=f"new{i}", title="word " * 19, fix=f"new{i}") for i in range(3)]
    told = lines_of(replace(with_fixes(*fixes, *more), incident=lives.five_hundred_alerts().incident))
    assert [line.part for line in told] == [Part.HELD] * 3


def test_no_more_than_two_can_be_approved_in_a_message() -> None:
    fixes = [raise_budget(id=f"new{i}", fix=f"new{i}", buys="", title="Do") for i in range(5)]
    told = lines_of(with_fixes(*fixes, of=seven.excessive_persona_switching))
    assert len([line for line in told if line.buttons_of]) == WITH_BUTTONS


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (10, "(1 h left as of 14 Nov 03:14 UTC)"),
        (69, "(1 min left as of 14 Nov 04:13 UTC)"),
        (70, "until 14 Nov 04:14 UTC; works"),  # over: nothing is left
        (95, "until 14 Nov 04:14 UTC; works"),
    ],
)
def test_what_is_left_is_counted_from_when_it_is_told(minutes: float, words: str) -> None:
    assert words in message_text(held(FixState.IN_FORCE, minutes=minutes))


def test_without_a_moment_nothing_is_said_of_what_is_left() -> None:
    told = message_text(replace(in_force(), at=None))
    assert "until 14 Nov 04:14 UTC; works" in told
    assert "left" not in told
    proposal = replace(with_fixes(raise_budget(proposed_at=NOW + HOUR)), at=None)
    assert "until 14 Nov 05:04 UTC or later" in message_text(proposal)


@pytest.mark.parametrize(
    ("words", "unit", "before", "after", "said"),
    [
        ("", Unit.TOKENS, -250.0, 240.0, "-250 → 240 tokens"),
        ("", Unit.RATIO, 0.46, 0.08, "46 → 8 %"),
        ("", Unit.SECONDS, 45.0, 7200.0, "45 s → 2 h"),  # not the same unit
        ("between 5 and 10 min", Unit.SECONDS, 411.0, 74.0, "over 5 min → not over 5 min"),  # no value
        ("", Unit.TOKENS, None, 240.0, ""),
    ],
)
def test_the_measure_before_and_after(
    words: str, unit: Unit, before: float | None, after: float, said: str
) -> None:
    """A quantile of a histogram is a bucket: of that only the side of its threshold is known."""
    measure = replace(reading(411.0, unit, 300.0, Direction.ABOVE), words=words)
    fix = raise_budget(measured_before=before, measured_after=after)
    assert measured_words(fix, measure) == said


def test_nobodys_approval_is_told_as_such() -> None:
    auto = held(FixState.APPLYING, approved_by="responder")
    assert "approved by the configuration at" in message_text(auto)


def test_a_one_shot_says_what_it_does_and_no_value() -> None:
    restart = silence(title="Restart Hypertool", lasts=timedelta(0), buys="work in hand is lost")
    [line] = lines_of(with_fixes(restart, of=seven.hypertool_metrics_not_reported))[:1]
    assert line.text == "Could do: Restart Hypertool; work in hand is lost; buys time, does not cure"
