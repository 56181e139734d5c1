"""A mistake in a file of tests is told with file, line, key and what to do; all of them at once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from responder.diagnose.registry import specs
from responder.domain.errors import ConfigError
from responder.knowledge.playbook_tests.load import load

BAD = Path(__file__).parent / "bad"


@pytest.mark.parametrize("fixture", sorted(BAD.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_mistake_is_told_where_it_stands(fixture: Path, told: Callable[[str], str]) -> None:
    expected = fixture.with_suffix(".txt").read_text(encoding="utf-8").rstrip("\n")
    assert told(fixture.read_text(encoding="utf-8")) == expected


def test_a_folder_without_tests_says_where_they_are_looked_for(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there are no tests here \(tests/\*\.yaml\)"):
        load([tmp_path], specs())


def test_a_playbook_with_a_mistake_is_told_before_its_tests(
    told: Callable[[str], str], tmp_path: Path
) -> None:
    (tmp_path / "site" / "persona-stuck.yaml").write_text("alert: PersonaStuck\n", encoding="utf-8")
    said = told("alert: PersonaStuck\ncases: [{name: a, expect: {first: hanging}}]\n")
    assert said.startswith("site/persona-stuck.yaml:1: title: this key is missing")
    assert "tests/" not in said
