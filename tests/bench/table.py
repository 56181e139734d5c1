"""The figures as a table for people."""

from collections.abc import Mapping, Sequence

from rich.console import Group
from rich.table import Table

from tests.bench.figures import Figure, Holds


def shown(figures: Sequence[Figure], facts: Mapping[str, str]) -> Group:
    """Every figure with its spread and its target, and what it was measured on."""
    return Group(_figures(figures), _facts(facts))


def _figures(figures: Sequence[Figure]) -> Table:
    table = Table(title="median of all rounds, lowest and highest round", title_justify="left")
    table.add_column("figure")
    for name in ("median", "lowest", "highest"):
        table.add_column(name, justify="right")
    for name in ("unit", "target", "reached"):
        table.add_column(name)
    for figure in figures:
        spread = (figure.value, min(figure.rounds), max(figure.rounds))
        table.add_row(figure.name, *map(_number, spread), figure.unit, _target(figure), _reached(figure))
    return table


def _facts(facts: Mapping[str, str]) -> Table:
    table = Table(box=None, show_header=False)
    for name, value in facts.items():
        table.add_row(name, value)
    return table


def _number(value: float) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _target(figure: Figure) -> str:
    if figure.target is None:
        return ""
    return f"{'≥' if figure.target.at_least else '≤'} {_number(figure.target.limit)}"


def _reached(figure: Figure) -> str:
    match figure.reached:
        case None:
            return ""
        case True:
            return "yes"
        case False:
            here = figure.target is not None and figure.target.holds is Holds.HERE
            return "no, here" if here else "NO"
