"""The linter's page has every rule and every key of the catalogue, and no other."""

import re
from typing import Any

from responder.domain.lint import LintRule
from responder.knowledge.catalogue import Metric

PAGE = "docs/linter.md"


def first_cells(pages: Any, heading: str) -> set[str]:
    """What stands between backticks in the first column of the tables below a heading."""
    below = pages[PAGE].split(heading, 1)[1]
    cells = re.findall(r"^\| (`[^|]+`) \|", below, re.MULTILINE)
    return {word for cell in cells for word in re.findall(r"`([\w-]+)`", cell)}


def test_every_rule_is_explained(pages: Any) -> None:
    assert first_cells(pages, "## Rules about a file") == set(LintRule)


def test_every_key_of_a_metric_is_explained(pages: Any) -> None:
    assert first_cells(pages, "## The catalogue") - set(LintRule) == set(Metric.model_fields)
