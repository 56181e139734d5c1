"""Calls to models, each alert's own, now and the day before."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from responder.clients.http import Http
from responder.clients.langfuse import Langfuse
from responder.clients.langfuse_marks import Mark
from responder.diagnose.clients import Clients
from responder.diagnose.kind import Question
from responder.diagnose.langfuse import LINKS, LangfuseKind, LangfuseSpec
from responder.domain.errors import Reason, Refused
from responder.domain.report import Finding, FindingState, Subject
from responder.testing.langfuse import PUBLIC_KEY, SECRET_KEY, Project, create_app
from responder.testing.loopback import serving

NOW = datetime(2026, 1, 10, 3, tzinfo=UTC)
YESTERDAY = NOW - timedelta(days=1)
MARKS = {name: Mark.of(f"metadata.{name}") for name in ("persona", "workflow", "stage")}

Ask = Callable[..., Any]


def persona(name: str) -> Subject:
    return (("persona", name),)


@pytest.fixture
def project() -> Project:
    return Project()


@pytest.fixture
async def kind(project: Project) -> AsyncIterator[LangfuseKind]:
    async with serving(create_app(project)) as url, Http() as http:
        langfuse = Langfuse(http, url, PUBLIC_KEY, SECRET_KEY, MARKS)
        yield LangfuseKind.build(Clients(langfuse=langfuse, http=http))


async def ask(kind: LangfuseKind, *subjects: Subject, **keys: Any) -> Finding:
    spec = LangfuseSpec(id="calls", kind="langfuse", title="Calls", **({"persona": "${persona}"} | keys))
    return await kind.ask(spec, Question(subjects=subjects, now=NOW, within=5))


def spend(project: Project, at: datetime, times: int = 4, **call: Any) -> None:
    """So many calls right before a moment; each has a prompt of its own unless it is given."""
    for each in range(times):
        given = {"persona": "ops", "prompt": f"{at}/{call}/{each}", **call}
        project.add_call(at=at - timedelta(seconds=1 + each), **given)


async def test_now_is_held_against_the_day_before(kind: LangfuseKind, project: Project) -> None:
    spend(project, YESTERDAY, tokens_in=100, tokens_out=40)
    spend(project, NOW, times=5, tokens_in=300, tokens_out=20)
    (row,) = (await ask(kind, persona("ops"))).rows
    assert row.subject == persona("ops")
    assert {name: value for name, value in row.values.items() if value is not None} == {
        "calls": 5,
        "calls_before": 4,
        "tokens_in_a_call": 300,
        "tokens_in_a_call_before": 100,
        "tokens_in_factor": 3,
        "tokens_out_a_call": 20,
        "tokens_out_a_call_before": 40,
        "tokens_out_factor": 0.5,
        "repeated_share": 0,
        "repeated_share_before": 0,
    }


async def test_each_alert_gets_its_own_calls_by_one_set_of_requests(
    kind: LangfuseKind, project: Project
) -> None:
    for name in ("a", "b", "nobody-asked"):
        spend(project, NOW, persona=name, tokens_in=len(name))
    found = await ask(kind, *(persona(name) for name in ("b", "a", *map(str, range(100)))))
    assert [row.subject for row in found.rows] == [persona("b"), persona("a")]
    assert {row.values["calls"] for row in found.rows} == {4}
    assert len(project.asked) == 4  # numbers and inputs of two windows


async def test_alerts_may_differ_by_more_than_one_mark(kind: LangfuseKind, project: Project) -> None:
    def stage(workflow: str, name: str) -> Subject:
        return (("workflow", workflow), ("stage", name))

    for times, workflow, name in ((3, "bug-fix", "test"), (4, "release", "test"), (5, "release", "build")):
        spend(project, NOW, times, workflow=workflow, stage=name)
    keys = {"persona": None, "workflow": "${workflow}", "stage": "${stage}"}
    found = await ask(kind, stage("bug-fix", "test"), stage("release", "build"), **keys)
    assert {row.subject: row.values["calls"] for row in found.rows} == {
        stage("bug-fix", "test"): 3,
        stage("release", "build"): 5,
    }


async def test_rows_can_be_split_further(kind: LangfuseKind, project: Project) -> None:
    spend(project, NOW, stage="cheap", tokens_in=1)
    spend(project, NOW, stage="dear", tokens_in=9)
    found = await ask(kind, persona("ops"), by=("stage",))
    assert [(dict(row.labels), row.values["tokens_in_a_call"]) for row in found.rows] == [
        ({"stage": "dear"}, 9),
        ({"stage": "cheap"}, 1),
    ]


@pytest.mark.parametrize(
    ("prompts", "share"),
    [
        (["a", "b", "c", "d"], 0.0),
        (["a", "a", "a", "b"], 0.5),  # two of four were sent before
        (["a", "a", None, None], None),  # too few inputs to say
    ],
)
async def test_a_prompt_is_repeated_where_it_was_sent_before(
    kind: LangfuseKind, project: Project, prompts: list[str | None], share: float | None
) -> None:
    for prompt in prompts:
        spend(project, NOW, 1, prompt=prompt, tokens_in=7)
    (row,) = (await ask(kind, persona("ops"))).rows
    assert row.values["repeated_share"] == share


async def test_inputs_that_a_site_hides_are_not_alike(kind: LangfuseKind, project: Project) -> None:
    """Where every input reads the same, the tokens still tell prompts apart."""
    for tokens in (5, 6, 7, 8):
        spend(project, NOW, 1, prompt="***", tokens_in=tokens)
    (row,) = (await ask(kind, persona("ops"))).rows
    assert row.values["repeated_share"] == 0


async def test_a_cache_that_went_is_a_share_that_was_lost(kind: LangfuseKind, project: Project) -> None:
    spend(project, YESTERDAY, usageDetails={"input": 40, "input_cached_tokens": 60})
    spend(project, NOW, usageDetails={"input": 100, "input_cached_tokens": 0})
    (row,) = (await ask(kind, persona("ops"))).rows
    shares = [row.values[name] for name in ("cached_share_before", "cached_share", "cached_share_lost")]
    assert shares == [0.6, 0.0, 0.6]


@pytest.mark.parametrize(
    ("before", "now", "changed"),
    [
        ({"promptName": "p", "promptVersion": 1}, {"promptName": "p", "promptVersion": 2}, True),
        ({"promptName": "p", "promptVersion": 1}, {"promptName": "p", "promptVersion": 1}, False),
        ({}, {"promptName": "p", "promptVersion": 1}, None),  # nothing to compare with
        ({}, {}, None),
    ],
)
async def test_a_changed_prompt_is_told_where_prompts_have_versions(
    kind: LangfuseKind, project: Project, before: dict[str, Any], now: dict[str, Any], changed: object
) -> None:
    spend(project, YESTERDAY, **before)
    spend(project, NOW, **now)
    (row,) = (await ask(kind, persona("ops"))).rows
    assert row.values["prompt_changed"] is changed


async def test_of_few_calls_nothing_is_said(kind: LangfuseKind, project: Project) -> None:
    spend(project, YESTERDAY, 2, tokens_in=1)
    spend(project, NOW, tokens_in=900)
    (row,) = (await ask(kind, persona("ops"))).rows
    assert (row.values["tokens_in_a_call"], row.values["tokens_in_factor"]) == (900, None)


@pytest.mark.parametrize(
    ("prices", "titles"),
    [
        ([{"totalCost": 0.5}, {"totalCost": 0.02, "tokens_in": 99}, {}], ["$0.5", "$0.02"]),
        ([{"tokens_in": 5}, {"tokens_in": 900, "tokens_out": 30}], ["900 in, 30 out", "5 in"]),
        ([{}], []),
    ],
)
async def test_the_dearest_calls_are_linked_by_cost_or_else_by_tokens(
    kind: LangfuseKind, project: Project, prices: list[dict[str, Any]], titles: list[str]
) -> None:
    for price in prices:
        spend(project, NOW, 1, stage="analysis", **price)
    links = (await ask(kind, persona("ops"))).links
    assert len(links) == len(titles)
    for link, words in zip(links, titles, strict=True):
        assert words in link.title
        assert link.title.startswith("ops analysis, 02:59 UTC: ")
        assert "/project/stand-in/traces/trace-" in link.url


async def test_links_are_few_whatever_the_number_of_alerts(kind: LangfuseKind, project: Project) -> None:
    names = [f"p{number}" for number in range(20)]
    for name in names:
        spend(project, NOW, persona=name, tokens_in=5)
    assert len((await ask(kind, *map(persona, names))).links) == LINKS


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (None, "no calls in the last 30m"),
        ({"persona": "dev"}, "none of the calls in the last 30m is about it"),
        ({"persona": ""}, "no call says its persona (langfuse.persona is metadata.persona)"),
    ],
)
async def test_no_data_says_why(
    kind: LangfuseKind, project: Project, call: dict[str, Any] | None, why: str
) -> None:
    if call is not None:
        spend(project, NOW, **call)
    found = await ask(kind, persona("ops"), persona("x"))
    assert (found.state, found.detail) == (FindingState.NO_DATA, why)


async def test_calls_of_nobody_are_not_those_of_an_alert_without_the_label(
    kind: LangfuseKind, project: Project
) -> None:
    spend(project, NOW, persona="")
    spend(project, NOW, persona="ops")
    found = await ask(kind, persona(""), persona("ops"))
    assert [row.subject for row in found.rows] == [persona("ops")]
    alone = await ask(kind, persona(""))
    assert (alone.state, alone.detail) == (FindingState.NO_DATA, "no alert has the label persona")


async def test_a_fixed_name_is_asked_once_for_the_whole_incident(
    kind: LangfuseKind, project: Project
) -> None:
    spend(project, NOW)
    found = await ask(kind, persona("a"), persona("b"), persona="ops")
    assert [(row.subject, row.values["calls"]) for row in found.rows] == [((), 4)]


async def test_diagnostics_of_one_investigation_share_their_calls(
    kind: LangfuseKind, project: Project
) -> None:
    spend(project, NOW)
    for _ in range(2):
        await ask(kind, persona("ops"))
    assert len(project.asked) == 4


async def test_without_credentials_it_is_not_configured() -> None:
    with pytest.raises(Refused) as failed:
        await ask(LangfuseKind.build(Clients()), persona("ops"))
    assert failed.value.reason is Reason.NOT_CONFIGURED
    assert "langfuse.secret_key" in failed.value.detail


def test_a_question_says_which_calls() -> None:
    with pytest.raises(ValueError, match="say which calls"):
        LangfuseSpec(id="calls", kind="langfuse", title="Calls")
