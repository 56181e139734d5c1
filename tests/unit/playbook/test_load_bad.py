"""Every rule has a file in `bad/` that breaks it, named after the rule, with what is said beside it."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

from responder.domain.errors import ConfigError
from responder.playbook.diagnostic import Diagnostic
from responder.playbook.load import load
from responder.playbook.model import Playbook, Playbooks

BAD = Path(__file__).parent / "bad"
FIXTURES = sorted(path for path in BAD.iterdir() if path.suffix != ".txt")


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: path.stem)
def test_a_mistake_is_told_with_file_line_key_and_what_to_do(
    fixture: Path, tmp_path: Path, kinds: Mapping[str, type[Diagnostic]]
) -> None:
    folder = tmp_path / "playbooks"
    if fixture.is_dir():
        shutil.copytree(fixture, folder)
    else:
        folder.mkdir()
        shutil.copy(fixture, folder)
    with pytest.raises(ConfigError) as error:
        load(folder, kinds)
    assert str(error.value) == fixture.with_suffix(".txt").read_text(encoding="utf-8").rstrip("\n")


def test_every_expected_text_has_its_fixture() -> None:
    assert {path.stem for path in BAD.glob("*.txt")} == {path.stem for path in FIXTURES}


def test_a_folder_without_playbooks_is_a_mistake(
    tmp_path: Path, kinds: Mapping[str, type[Diagnostic]]
) -> None:
    with pytest.raises(ConfigError, match="there is no playbook in this folder"):
        load(tmp_path, kinds)


def test_an_alias_of_yaml_is_read_as_what_it_stands_for(
    small_text: str, problems: Callable[..., object]
) -> None:
    text = small_text.replace("description: What it is.", "description: &same What it is.")
    assert not problems(a=text.replace("impact: What it means.", "impact: *same"))


def test_code_in_yaml_is_never_run(small_text: str, problems: Callable[..., object]) -> None:
    text = small_text.replace("title: A title", "title: !!python/object/apply:os.getcwd []")
    assert "this is no YAML" in str(problems(a=text))


def test_a_playbook_written_out_is_read_as_the_same(
    shipped: Playbooks, loaded: Callable[[str], Playbook]
) -> None:
    """The demo writes scaled playbooks this way."""
    for playbook in shipped.values():
        plain = playbook.model_dump(mode="json", by_alias=True, exclude={"version"}, exclude_none=True)
        again = loaded(yaml.safe_dump(plain))
        assert again == playbook.model_copy(update={"version": again.version})


def test_the_version_is_that_of_the_text(loaded: Callable[[str], object], small_text: str) -> None:
    first = loaded(small_text)
    assert loaded(small_text) == first
    assert loaded(small_text + "# a remark\n") != first
