"""The picture of the house is the house."""

import re
import tomllib
from pathlib import Path
from typing import Any

BESIDE = {"hypertool", "testing"}
FILES = {"app.py", "settings", "metrics", "log"}


def floors_of_the_picture(page: str) -> dict[str, int]:
    """Each part with the number of its floor."""
    picture = page.partition("    responder/\n")[2].partition("    beside the floors")[0]
    floors: dict[str, int] = {}
    for line in picture.splitlines():
        if found := re.fullmatch(r"      (\S.*?)(?:   .*)? +(\d)", line):
            parts = re.findall(r"[a-z.]+(?=/|,|$)", found[1].strip())
            floors |= dict.fromkeys((part.removesuffix(".py") for part in parts), int(found[2]))
    return floors


def floors_of_the_rules(root: Path) -> dict[str, int]:
    settings = tomllib.loads((root / "pyproject.toml").read_text())
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    return {
        part: len(layers) - index for index, layer in enumerate(layers) for part in re.findall(r"\w+", layer)
    }


def test_the_picture_has_the_floors_that_are_enforced(pages: Any, root: Path) -> None:
    assert floors_of_the_picture(pages["docs/architecture.md"]) == floors_of_the_rules(root)


def test_what_is_said_not_to_be_there_is_not_there(pages: Any, root: Path) -> None:
    absent = re.findall(r"^ +(\w+)/ +\(not there yet\)", pages["docs/architecture.md"], re.MULTILINE)
    assert [part for part in absent if (root / "responder" / part).exists()] == []


def test_every_package_is_in_the_picture(pages: Any, root: Path) -> None:
    page = pages["docs/architecture.md"]
    packages = [path.parent.name for path in (root / "responder").glob("*/__init__.py")]
    assert [name for name in packages if f"      {name}/ " not in page] == []
