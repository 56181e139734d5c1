"""The single things behind a finding: shown with their links everywhere, and harmless."""

import io
import json
from dataclasses import replace

from rich.console import Console

from responder.domain.notice import Notice
from responder.domain.report import Finding, FindingState, Link, Row
from responder.render import slack
from responder.render.html import incident_page
from responder.render.terminal import report_view
from responder.testing.samples import lives, seven

CALL = Link(
    title="backend-engineer design, 02:58 UTC: 6200 in, 310 out",
    url="https://lf.example/project/p/traces/t?observation=c",
)
NASTY = Link(title=f"<!channel> {lives.NASTY}", url="javascript:alert(1)")
SPOOFED = Link(title="<b>*click*</b>", url="https://lf.example/t")


def noticed(*links: Link) -> Notice:
    notice = seven.token_budget_exceeded()
    assert notice.report is not None
    row = Row(subject=(), values={"repeated_share": 0.8, "tokens_in_factor": 5.25})
    finding = Finding(
        diagnostic="calls",
        title="Calls",
        kind="langfuse",
        state=FindingState.MEASURED,
        rows=(row,),
        links=links,
    )
    return replace(notice, report=replace(notice.report, findings=(finding,)))


def in_slack(notice: Notice) -> str:
    return json.dumps(slack.detail(notice).blocks, ensure_ascii=False)


def links_in(notice: Notice) -> list[dict[str, str]]:
    """The links in the rich text of the thread."""
    blocks = json.loads(json.dumps(slack.detail(notice).blocks))
    elements = [element for block in blocks for element in block.get("elements", ())]
    items = [item for element in elements for item in element.get("elements", ())]
    parts = [part for item in items for part in (item, *item.get("elements", ()))]
    return [part for part in parts if part.get("type") == "link"]


def in_terminal(notice: Notice) -> str:
    out = io.StringIO()
    Console(file=out, width=200).print(report_view(notice))
    return out.getvalue()


def test_the_dearest_calls_are_linked_everywhere() -> None:
    notice = noticed(CALL)
    assert f'"url": "{CALL.url}"' in in_slack(notice)
    assert f'href="{CALL.url}"' in incident_page(notice)
    assert f"{CALL.title}: {CALL.url}" in in_terminal(notice)


def test_in_slack_links_to_calls_stay_where_addresses_of_queries_have_to_go() -> None:
    notice = seven.token_budget_exceeded()
    assert notice.report is not None
    findings = tuple(
        replace(one, link="https://p.example/" + "x" * 280, links=(CALL,) * 9)
        for one in notice.report.findings
    )
    crowded = replace(notice, report=replace(notice.report, findings=findings * 4))
    assert "query" not in [part["text"] for part in links_in(crowded)]
    assert CALL.title in [part["text"] for part in links_in(crowded)]


def test_shares_and_factors_read_as_such() -> None:
    for text in (in_slack(noticed()), in_terminal(noticed()), incident_page(noticed())):
        assert "80 %" in text
        assert "5.2 times" in text


def test_an_address_that_is_none_is_no_link() -> None:
    notice = noticed(NASTY)
    for text in (in_slack(notice), incident_page(notice), in_terminal(notice)):
        assert "javascript:" not in text


def test_a_title_is_no_markup() -> None:
    notice = noticed(SPOOFED)
    assert "<b>*click*</b>" not in incident_page(notice)
    assert SPOOFED.title in [part["text"] for part in links_in(notice)]  # as it is: rich text reads no markup
