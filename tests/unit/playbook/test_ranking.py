"""The ranking: score = prior x strongest yes for / strongest yes against, and what it allows to say."""

from collections.abc import Sequence

import pytest

from responder.domain.report import Answer, Evidence, Likelihood, Verdict, Weight
from responder.playbook.model import Cause
from responder.playbook.ranking import rank

HIGH, MEDIUM, LOW = Likelihood
STRONG, MODERATE, WEAK = Weight


def cause(name: str, likelihood: Likelihood) -> Cause:
    return Cause(id=name, title=name, likelihood=likelihood, indicator="seen")


def says(weight: Weight, answer: Answer = Answer.YES, *, against: bool = False) -> Evidence:
    return Evidence(statement="so it is", supports=not against, weight=weight, answer=answer)


YES = says(STRONG)
REFUTED = says(STRONG, against=True)


@pytest.mark.parametrize(
    ("likelihood", "evidence", "score"),
    [
        (HIGH, [], 4),
        (MEDIUM, [], 2),
        (LOW, [], 1),
        (LOW, [says(STRONG)], 8),
        (LOW, [says(MODERATE)], 3),
        (LOW, [says(WEAK)], 1.5),
        (LOW, [says(WEAK), says(MODERATE), says(WEAK)], 3),  # only the strongest counts
        (HIGH, [says(STRONG, against=True)], 0.5),
        (MEDIUM, [says(STRONG), says(MODERATE, against=True)], 16 / 3),
        (HIGH, [says(STRONG, Answer.NO), says(STRONG, Answer.NO, against=True)], 4),  # a no says nothing
        (HIGH, [says(STRONG, Answer.NOT_MEASURED)], 4),
    ],
)
def test_a_score_is_prior_times_strongest_for_over_strongest_against(
    likelihood: Likelihood, evidence: Sequence[Evidence], score: float
) -> None:
    (ranked,) = rank([cause("a", likelihood)], {"a": evidence}).causes
    assert ranked.score == pytest.approx(score)


@pytest.mark.parametrize(
    ("evidence", "verdict", "leading"),
    [
        # high, high, medium
        ({"a": [YES]}, Verdict.CLEAR, 1),
        ({"a": [YES], "b": [YES]}, Verdict.TIED, 2),
        ({"a": [says(WEAK)]}, Verdict.TIED, 2),  # 6 to 4: exactly 1.5 is still within
        ({"a": [says(MODERATE)]}, Verdict.CLEAR, 1),
        ({"a": [says(MODERATE)], "c": [YES]}, Verdict.TIED, 2),  # 16 and 12
        ({"a": [YES], "b": [YES], "c": [YES]}, Verdict.TIED, 2),  # 32, 32, 16
        ({}, Verdict.UNTESTED, 0),
        ({"a": [says(STRONG, Answer.NOT_MEASURED)]}, Verdict.UNTESTED, 0),
        ({"a": [says(STRONG, Answer.NO)]}, Verdict.UNTESTED, 0),  # measured, and nothing speaks for any
        ({"a": [REFUTED]}, Verdict.UNTESTED, 0),  # b leads only because a is ruled out
        ({"a": [REFUTED], "b": [REFUTED]}, Verdict.UNTESTED, 0),
    ],
)
def test_the_verdict_says_no_more_than_the_evidence(
    evidence: dict[str, list[Evidence]], verdict: Verdict, leading: int
) -> None:
    ranking = rank([cause("a", HIGH), cause("b", HIGH), cause("c", MEDIUM)], evidence)
    assert (ranking.verdict, ranking.leading) == (verdict, leading)


def test_without_causes_there_is_no_verdict() -> None:
    assert rank([], {}).verdict is Verdict.NONE


def test_equal_scores_keep_the_runbooks_order() -> None:
    causes = [cause("d", LOW), cause("b", HIGH), cause("a", MEDIUM), cause("c", HIGH)]
    assert [one.cause for one in rank(causes, {}).causes] == ["b", "c", "a", "d"]


def test_ties_of_prior_are_broken_by_evidence() -> None:
    causes = [cause("a", HIGH), cause("b", HIGH)]
    assert [one.cause for one in rank(causes, {"b": [says(WEAK)]}).causes] == ["b", "a"]


def test_evidence_lifts_an_unlikely_cause_only_while_it_is_used() -> None:
    causes, evidence = [cause("a", HIGH), cause("b", LOW)], {"b": [YES]}
    assert rank(causes, evidence).causes[0].cause == "b"
    assert rank(causes, evidence, use_evidence=False).causes[0].cause == "a"


def test_a_ranked_cause_shows_its_evidence_also_what_was_not_measured() -> None:
    silent = says(STRONG, Answer.NOT_MEASURED)
    (ranked,) = rank([cause("a", HIGH)], {"a": [silent]}).causes
    assert ranked.evidence == (silent,)
