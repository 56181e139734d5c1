"""A folder with a playbook, for files of tests about it."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from responder.diagnose.registry import specs
from responder.domain.errors import ConfigError
from responder.knowledge.playbook_tests.load import Loaded, load

PLAYBOOK = Path(__file__).parent / "persona-stuck.yaml"

Suite = Callable[[str], Sequence[Loaded]]


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    """Loads the text of a file of tests about the playbook above."""
    folder = tmp_path / "site"
    (folder / "tests").mkdir(parents=True)
    shutil.copy(PLAYBOOK, folder)

    def loaded(text: str) -> Sequence[Loaded]:
        (folder / "tests" / "persona-stuck.yaml").write_text(text, encoding="utf-8")
        return load([folder], specs())

    return loaded


@pytest.fixture
def told(suite: Suite) -> Callable[[str], str]:
    """What is said of a file of tests that can't be used."""

    def problems(text: str) -> str:
        with pytest.raises(ConfigError) as caught:
            suite(text)
        return "\n".join(map(str, caught.value.problems))

    return problems
