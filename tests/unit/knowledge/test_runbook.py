"""The runbook is what the playbooks say: the page checked in, and the mistakes that would be in it."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from responder.diagnose.registry import specs
from responder.domain.errors import ConfigError
from responder.knowledge.runbook import difference, read_runbook
from responder.playbook.runbook import Chapter, Runbook, as_json
from responder.render.markdown import runbook_markdown
from responder.resources import resource_dir

PAGE: Final = Path(__file__).parents[3] / "docs/runbook.md"
MINE: Final = "mine/runbook/general.yaml"


@pytest.fixture(scope="module")
def shipped() -> Runbook:
    return read_runbook(resource_dir("playbooks"), specs())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One playbook of a site's own."""
    (tmp_path / "mine/runbook").mkdir(parents=True)
    return Path(
        shutil.copy(resource_dir("playbooks") / "token-budget-exceeded.yaml", tmp_path / "mine")
    ).parent


def mistakes(folder: Path) -> list[str]:
    with pytest.raises(ConfigError) as error:
        read_runbook(folder, specs())
    return [str(problem) for problem in error.value.problems]


def general(folder: Path, text: str) -> None:
    (folder / "runbook/general.yaml").write_text(f"title: Ours\nintro: What to do.\n{text}", encoding="utf-8")


def test_the_page_that_is_checked_in_is_what_the_playbooks_say(shipped: Runbook) -> None:
    """Made anew by `make runbook`."""
    assert difference(shipped, PAGE.read_text(encoding="utf-8")) is None


def test_a_page_that_differs_says_where(shipped: Runbook) -> None:
    page = runbook_markdown(shipped)
    lines = page.splitlines(keepends=True)
    assert difference(shipped, "".join([*lines[:4], "another line\n", *lines[5:]])) == 5
    assert difference(shipped, "".join(lines[:10])) == 11
    assert difference(shipped, page + "more\n") == len(lines) + 1
    assert difference(shipped, page.rstrip("\n")) == len(lines)


def test_everything_has_its_part(shipped: Runbook) -> None:
    assert shipped.chapters == tuple(Chapter)
    assert [playbook.severity.value for playbook in shipped.playbooks] == [
        *["critical"] * 2,
        *["warning"] * 4,
        "info",
    ]
    assert [one.to for one in shipped.general.escalation] == [  # type: ignore[union-attr] # it is there
        "Runbook",
        "Application logs",
        "Dashboards",
        "Development team",
    ]


def test_the_structure_has_the_same_in_it(shipped: Runbook) -> None:
    structure = as_json(shipped)
    assert [one["anchor"] for one in structure["alerts"]] == [one.alert.lower() for one in shipped.playbooks]
    keys = {*structure["alerts"][0]}
    assert {"description", "impact", "investigation", "causes", "fixes", "long_term", "prevention"} <= keys
    assert set(structure["alerts"][0]["causes"][0]) >= {"title", "likelihood", "indicator", "check"}
    assert structure["general"]["title"] == structure["title"]


def test_the_general_part_may_be_missing(folder: Path) -> None:
    made = read_runbook(folder, specs())
    assert (made.general, made.chapters, made.title) == (None, (), "Runbook")
    page = runbook_markdown(made)
    assert "## TokenBudgetExceeded\n" in page
    assert "[ExcessivePersonaSwitching]" not in page  # it is named, and there is nothing to jump to


WRONG: Final[Mapping[str, str]] = {
    # a key that isn't there, and one of the wrong shape
    "tip: [a]": f'{MINE}:3: tip: there is no such key (did you mean "tips"?)',
    "tips: a": f"{MINE}:3: tips: input should be a valid array, not 'a'",
    # the same variable twice
    "variables: [{name: A, value: a, means: a}, {name: A, value: b, means: b}]": (
        f'{MINE}:3: variables[1].name: the name "A" is taken'
    ),
    # a command nobody can paste, for its variable is explained nowhere
    "commands:\n  - do: Ask.\n    run: curl $PROMETHEUS": (
        f"{MINE}:5: commands[0].run: $PROMETHEUS is not among the variables of runbook/general.yaml"
    ),
    "escalation:\n  - to: Us\n    do: Call.\n    run: call ${US}": (
        f"{MINE}:6: escalation[0].run: $US is not among the variables of runbook/general.yaml"
    ),
    # a query that is none, and one that is for the responder
    "commands:\n  - do: Ask.\n    query: sum(up": (
        f"{MINE}:5: commands[0].query: this is no PromQL: unclosed left parenthesis"
    ),
    'commands:\n  - do: Ask.\n    query: up{job=~"${job}"}': (
        f"{MINE}:5: commands[0].query: ${{job}} can't be pasted: write a value that is to be replaced"
    ),
}


@pytest.mark.parametrize(("text", "said"), WRONG.items())
def test_a_mistake_in_the_general_part_is_told_with_file_and_line(folder: Path, text: str, said: str) -> None:
    general(folder, text)
    assert said in mistakes(folder)


def test_what_a_playbook_s_command_uses_is_explained(folder: Path) -> None:
    general(folder, "variables: [{name: TOKEN, value: a, means: a}]")
    (said,) = mistakes(folder)
    assert said.startswith("mine/token-budget-exceeded.yaml:")
    assert "investigation[3].run: $HYPERTOOL is not among the variables of runbook/general.yaml" in said
    assert said.endswith("(known are: TOKEN)")


def test_mistakes_of_playbooks_and_of_the_general_part_come_together(folder: Path) -> None:
    general(folder, "tips: a")
    (folder / "another.yaml").write_text("alert: A\n")
    assert {said.partition(":")[0] for said in mistakes(folder)} == {"mine/another.yaml", MINE}


def test_what_is_no_yaml_or_no_mapping_is_told(folder: Path) -> None:
    path = folder / "runbook/general.yaml"
    path.write_text("- a\n")
    assert mistakes(folder) == [f"{MINE}:1: this is a mapping of keys, beginning with title:"]
    path.write_text("{\n")
    assert "this is no YAML" in mistakes(folder)[0]
