"""The pages, and what stands in them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[3]
_BLOCK: Final = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: the page it is on, its language and its text."""

    page: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Pages:
    """All pages by their path from the root of the checkout."""

    texts: Mapping[str, str]

    def __getitem__(self, path: str) -> str:
        return self.texts[path]

    @property
    def all_text(self) -> str:
        return "\n".join(self.texts.values())

    def blocks(self, language: str) -> tuple[Block, ...]:
        return tuple(
            Block(path, found[1], found[2])
            for path, text in self.texts.items()
            for found in _BLOCK.finditer(text)
            if found[1] == language
        )


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def pages() -> Pages:
    paths = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return Pages({str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in paths})
