"""A finding's rows as a small table of words, the same for every renderer. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from responder.domain.report import Finding, Row, Scalar
from responder.domain.units import Unit, number, quantity
from responder.render.limits import clean, cut

CELL_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Table:
    """Heads and rows of cleaned text; `left_out` rows are not in it."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left_out: int = 0


def table(finding: Finding, most: int) -> Table:
    """The first rows of a finding; what all rows are about is not repeated in each."""
    about = {row.subject for row in finding.rows}
    subjects = _names(dict(row.subject) for row in finding.rows) if len(about) > 1 else []
    labels = _names(row.labels for row in finding.rows)
    fields = _names(row.values for row in finding.rows)
    shown = finding.rows[:most]
    rows = tuple(
        (
            *(_text(dict(row.subject).get(name)) for name in subjects),
            *(_text(row.labels.get(name)) for name in labels),
            *(_field(row, name, finding.unit) for name in fields),
        )
        for row in shown
    )
    left_out = finding.left_out + len(finding.rows) - len(shown)
    head = tuple(clean(name.replace("_", " "), 40) for name in (*subjects, *labels, *fields))
    return Table(head, rows, left_out)


def plain_table(of: Table, cell: int) -> str:
    """As aligned text with cells of at most so many characters; numbers and words alike to the left."""
    cells = [tuple(cut(text, cell) for text in row) for row in (of.head, *of.rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(of.head))]
    lines = ["  ".join(t.ljust(w) for t, w in zip(row, widths, strict=True)).rstrip() for row in cells]
    return "\n".join(lines)


def scalar(value: Scalar, unit: Unit | None = None) -> str:
    """A value as people read it; a number with its unit where it has one."""
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return quantity(value, unit) if unit else number(value)
        case _:
            return clean(value, CELL_LONGEST) or "-"


def _field(row: Row, name: str, unit: Unit | None) -> str:
    """The finding's unit is that of its field `value`, and of a knob's default beside it."""
    return scalar(row.values.get(name), unit if name in {"value", "default", "before"} else None)


def _text(value: str | None) -> str:
    return clean(value, CELL_LONGEST) if value else "-"


def _names(mappings: Iterable[Mapping[str, object]]) -> list[str]:
    """Every key there is, in the order met."""
    seen: dict[str, None] = {}
    for mapping in mappings:
        seen.update(dict.fromkeys(mapping))
    return list(seen)
