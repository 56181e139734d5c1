"""The page that says what goes wrong elsewhere names a test for each, and the tests are there."""

import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
PAGES = ("docs/what-goes-wrong.md", "docs/security.md")


def named(page: str) -> list[str]:
    return re.findall(r"`(tests/[^`]+)`", page)


@pytest.mark.parametrize("page", PAGES)
def test_every_test_that_is_named_is_there(pages: Any, page: str) -> None:
    assert named(pages[page])
    for test in named(pages[page]):
        file, _, name = test.partition("::")
        text = (ROOT / file).read_text()
        assert not name or re.search(rf"def {name}\(", text), test


@pytest.mark.parametrize("page", PAGES)
def test_every_row_names_one(pages: Any, page: str) -> None:
    tables = re.findall(r"\| tests \|\n\|[-|]+\n((?:\|.*\n)+)", pages[page])
    rows = [row for table in tables for row in table.splitlines()]
    assert rows
    assert [row for row in rows if not named(row)] == []
