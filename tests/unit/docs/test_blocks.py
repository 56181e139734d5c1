"""What can be copied from the docs works: links lead somewhere, YAML loads, JSON is JSON."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from responder.diagnose.registry import specs
from responder.knowledge.check import check
from responder.playbook.general import load_general
from responder.settings import Settings, load_settings

WRITING = "docs/writing-a-playbook.md"
TESTING = "docs/playbook-tests.md"


def first_key(text: str) -> str:
    return str(next(iter(yaml.safe_load(text))))


def anchors(page: str) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_link_leads_somewhere(pages: Any, root: Path) -> None:
    broken = []
    for path, text in pages.texts.items():
        for link in re.findall(r"\]\(([^)\s]+)\)", text):
            if link.startswith("https://"):
                continue
            target, _, anchor = link.partition("#")
            place = (root / path).parent / target if target else root / path
            if not place.exists() or (anchor and anchor not in anchors(place.read_text())):
                broken.append(f"{path}: {link}")
    assert broken == []


def test_every_page_can_be_reached_from_the_readme(pages: Any, root: Path) -> None:
    seen: set[str] = set()
    waiting = ["README.md"]
    while waiting:
        page = waiting.pop()
        seen.add(page)
        for link in re.findall(r"\]\(([^)#\s]+\.md)", pages[page]):
            path = str(((root / page).parent / link).resolve().relative_to(root))
            waiting += [path] if path not in seen else []
    besides = {path for path in pages.texts if path.startswith("docs/decisions/")}
    assert set(pages.texts) - seen - besides == set()


def test_every_yaml_block_is_of_a_known_sort(pages: Any) -> None:
    """Each is loaded by one of the tests below."""
    known = {"route", "groups", *Settings.model_fields}
    blocks = [block for block in pages.blocks("yaml") if block.page not in (WRITING, TESTING)]
    assert [block for block in blocks if first_key(block.text) not in known] == []
    assert len(blocks) > 4


def test_every_block_of_configuration_loads(pages: Any, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a-secret\n")
    for block in pages.blocks("yaml"):
        if block.page != WRITING and first_key(block.text) in Settings.model_fields:
            own = re.sub(r"(_file: )[^\s,}]+", rf"\g<1>{tmp_path}/secret", block.text)
            (tmp_path / "responder.yaml").write_text(own)
            load_settings(tmp_path / "responder.yaml")


@pytest.mark.scenario
def test_every_block_for_alertmanager_is_accepted_by_it(pages: Any, tmp_path: Path, amtool: Any) -> None:
    blocks = [block for block in pages.blocks("yaml") if first_key(block.text) == "route"]
    assert {block.page for block in blocks} == {"README.md", "docs/quickstart.md"}
    for block in blocks:
        (tmp_path / "alertmanager.yml").write_text(block.text)
        checked = amtool("check-config", tmp_path / "alertmanager.yml")
        assert checked.returncode == 0, checked.stderr


@pytest.mark.scenario
def test_the_playbook_that_is_walked_through_has_no_mistake_and_agrees_with_its_rule(
    pages: Any, tmp_path: Path, promtool: Any
) -> None:
    on_the_page = [block.text for block in pages.blocks("yaml") if block.page == WRITING]
    blocks = [text for text in on_the_page if first_key(text) != "title"]
    rules = tmp_path / "site.rules.yml"
    rules.write_text("".join(text for text in blocks if first_key(text) == "groups"))
    playbooks = tmp_path / "playbooks"
    playbooks.mkdir()
    for beginning in range(1, len(blocks)):  # it is whole after each block
        text = "\n".join(text for text in blocks[:beginning] if first_key(text) != "groups")
        (playbooks / "persona-stuck.yaml").write_text(text)
        assert check(playbooks, specs(), rules).problems == ()
    assert promtool("check", "rules", rules).returncode == 0


def test_the_general_part_of_a_runbook_that_is_shown_has_no_mistake(pages: Any, tmp_path: Path) -> None:
    (text,) = [one.text for one in pages.blocks("yaml") if first_key(one.text) == "title"]
    (tmp_path / "runbook").mkdir()
    (tmp_path / "runbook/general.yaml").write_text(text)
    general = load_general(tmp_path)
    assert general is not None
    shown = pages[WRITING].partition("## The runbook")[2].partition("```yaml")[0]
    assert [key for key in type(general).model_fields if f"`{key}`" not in shown] == []


def test_every_json_block_is_json(pages: Any) -> None:
    blocks = pages.blocks("json")
    for block in blocks:
        json.loads(block.text)
    assert blocks


def test_pictures_are_small(root: Path) -> None:
    """A page of documentation loads at once."""
    large = [path.name for path in (root / "docs/images").iterdir() if path.stat().st_size > 200_000]
    assert large == []
