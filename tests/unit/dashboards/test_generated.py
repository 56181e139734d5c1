"""What is checked in is what the generator makes."""

from pathlib import Path

import pytest

from responder.resources import resource_dir
from tools.dashboards.__main__ import BOARDS, main


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dashboards")
    main([str(folder)])
    return folder


@pytest.mark.parametrize("name", BOARDS)
def test_a_dashboard_is_as_the_generator_makes_it(made: Path, name: str) -> None:
    """After a change of `tools/dashboards`: make dashboards."""
    checked_in = (resource_dir("dashboards") / name).read_text(encoding="utf-8")
    assert (made / name).read_text(encoding="utf-8") == checked_in


def test_there_is_no_other_dashboard() -> None:
    assert {path.name for path in resource_dir("dashboards").glob("*.json")} == set(BOARDS)
