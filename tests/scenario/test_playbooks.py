"""The product's playbooks are right by their tests, on a real Prometheus; and a wrong one is found out."""

import json
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from responder.cli import app
from responder.resources import resource_dir

pytestmark = pytest.mark.scenario

DOCS = Path(__file__).parents[2] / "docs"
EXCEEDED = "token-budget-exceeded.yaml"


def run(*arguments: str | Path) -> tuple[int, str]:
    """`responder playbooks test`: the exit code and what is printed."""
    found = CliRunner().invoke(app, ["playbooks", "test", *map(str, arguments)])
    return found.exit_code, found.stdout


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site's own folder of playbooks, with one of them and its tests."""
    folder = tmp_path / "site"
    (folder / "tests").mkdir(parents=True)
    for name in (EXCEEDED, f"tests/{EXCEEDED}"):
        shutil.copy(resource_dir("playbooks") / name, folder / name)
    return folder


def amend(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


UNPROVABLE = {
    # no evidence speaks for it, so it never leads; the fix helps all the same
    '"switch-cooldown" answers "missing-state"',
}


def test_every_case_comes_out_as_expected_and_nothing_in_a_playbook_goes_unproven() -> None:
    """Whatever evidence is taken out of a playbook, or whatever cause of a fix: a case would miss it."""
    code, told = run("--json", "--thorough")
    found = json.loads(told)
    assert [(one["case"], one["problems"]) for one in found["cases"] if not one["passed"]] == []
    assert (code, found["failed"]) == (0, 0)
    assert len({one["alert"] for one in found["cases"]}) == 7
    assert {
        one["message"].removeprefix("no case would miss this: ") for one in found["unproven"]
    } == UNPROVABLE


def test_a_threshold_that_no_real_case_reaches_is_found_with_its_line(site: Path) -> None:
    amend(site / EXCEEDED, "op: ge\n        value: 1.5\n", "op: ge\n        value: 9\n")
    code, told = run(site, "--case", "prompt bloat, as tokens")
    assert code == 1
    assert re.search(
        r"^FAIL TokenBudgetExceeded: prompt bloat, as tokens per finished stage are up$", told, re.MULTILINE
    )
    assert re.search(r"site/tests/token-budget-exceeded.yaml:\d+: cases\[0\].expect.first: ", told)
    (line,) = re.findall(
        r"no .*\[tokens_a_stage_up.value ge 9\]  \(site/token-budget-exceeded.yaml:(\d+)\)", told
    )
    says = (site / EXCEEDED).read_text(encoding="utf-8").splitlines()[int(line) - 1]
    assert "tokens per finished stage are 1.5 times the day before or more" in says
    assert told.endswith(
        "Mend the playbook at the line that is named, or, if it is right, what the case expects.\n"
        "1 case of 1 playbook, 1 failed\n"
    )


def test_the_file_that_the_documentation_shows_passes(site: Path) -> None:
    page = (DOCS / "playbook-tests.md").read_text(encoding="utf-8")
    shown = page.partition("```yaml\n")[2].partition("```\n")[0]
    (site / "tests" / EXCEEDED).write_text(shown, encoding="utf-8")
    code, told = run(site / "tests" / EXCEEDED)
    assert code == 0, told
    assert "TokenBudgetExceeded: no case expects no-caching, unexpected-chatmode, model-change\n" in told
    assert told.endswith("2 cases of 1 playbook, all passed\n")
