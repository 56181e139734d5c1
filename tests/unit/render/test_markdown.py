"""The runbook as Markdown: the anchors that rules link to, and nothing that is markup by chance."""

import re

import pytest

from responder.diagnose.registry import specs
from responder.knowledge.runbook import read_runbook
from responder.playbook.runbook import Runbook
from responder.render.markdown import fenced, plain, runbook_markdown
from responder.resources import resource_dir


@pytest.fixture(scope="module")
def runbook() -> Runbook:
    return read_runbook(resource_dir("playbooks"), specs())


@pytest.fixture(scope="module")
def page(runbook: Runbook) -> str:
    return runbook_markdown(runbook)


def headings(page: str) -> list[str]:
    outside = re.sub(r"^ *(`{3,}).*?^ *\1$", "", page, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"^##? (.*)$", outside, re.MULTILINE)


def github_anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_every_alert_can_be_jumped_to_by_its_name_in_lower_case(runbook: Runbook, page: str) -> None:
    anchors = [github_anchor(heading) for heading in headings(page)]
    assert len(anchors) == len(set(anchors))
    assert {playbook.alert.lower() for playbook in runbook.playbooks} <= set(anchors)


def test_the_rules_open_the_page_at_their_alert(page: str) -> None:
    rules = (resource_dir("rules") / "hypertool.rules.yml").read_text()
    opened = re.findall(r"runbook_url:.*#(\w+)", rules)
    assert len(opened) == 7
    assert set(opened) <= {github_anchor(heading) for heading in headings(page)}


def test_every_link_on_the_page_leads_to_a_heading(page: str) -> None:
    anchors = {github_anchor(heading) for heading in headings(page)}
    assert set(re.findall(r"\]\(#([^)]+)\)", page)) <= anchors


def test_each_alert_has_all_its_parts_in_order(runbook: Runbook, page: str) -> None:
    parts = ("Description", "Impact", "Investigation", "Root causes", "Resolution", "Prevention")
    for playbook in runbook.playbooks:
        own = page.partition(f"\n## {playbook.alert}\n")[2].partition("\n## ")[0]
        assert re.findall(r"^### (.*)$", own, re.MULTILINE) == [*parts, "Related alerts"]
        assert "| cause | likelihood | indicator |" in own
        assert "Quick fix:" in own
        assert "Long-term:" in own
        assert "- [ ] " in own


def test_a_fix_says_what_it_cures_and_what_it_does_not(page: str) -> None:
    assert (
        "- **Raise the budget by 500 tokens** (for a time, then undone): cures budget too low, model change; "
        "for any other cause it buys time. Effect: +500 tokens." in page
    )
    assert "- **Silence this alert** (done once): buys time, does not cure." in page


def test_every_query_and_command_stands_on_the_page_as_it_is_pasted(runbook: Runbook, page: str) -> None:
    text = re.sub(r"^ +", "", page, flags=re.MULTILINE)
    for playbook in runbook.playbooks:
        for step in playbook.investigation:
            assert re.sub(r"^ +", "", step.query or step.run or "", flags=re.MULTILINE) in text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a_b and _c_", r"a_b and \_c\_"),
        ("2 * 3 | `x` <b> [l](u)", r"2 \* 3 \| \`x\` \<b\> \[l\](u)"),
        ("&lt; & &#39;", r"\&lt; & \&#39;"),
        ("# no heading", r"\# no heading"),
        ("- no item", r"\- no item"),
        ("12. no item", r"12\. no item"),
        ("two\n\n  lines", "two lines"),
    ],
)
def test_nothing_is_markup_by_chance(text: str, written: str) -> None:
    assert plain(text) == written


def test_code_with_a_fence_in_it_gets_a_longer_one() -> None:
    assert list(fenced("sh", "a\n```\nb")) == ["````sh", "a", "```", "b", "````", ""]
