"""A finding's rows as a small table of words, the same for every renderer. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from responder.domain.clock import utc
from responder.domain.report import Finding, FindingState, Row, Scalar
from responder.domain.units import Unit, number, quantity, unit_of
from responder.render.limits import clean, cut

REASONS: Final = {FindingState.NO_DATA: "no data", FindingState.PENDING: "still asking"}

CELL_LONGEST: Final = 200
COLUMNS_WIDE: Final = 3
LINES_SHOWN: Final = 4

HIDDEN: Final = frozenset({"at_default", "changed_recently"})
"""Fields that only tests of causes read: people see the value beside its default, and the moment."""

IN_ITS_UNIT: Final = frozenset(
    {"value", "default", "minimum", "maximum", "first", "lowest", "highest", "lease_before"}
)
"""Fields in the finding's own unit."""


@dataclass(frozen=True, slots=True)
class Table:
    """Heads and rows of cleaned text; `left_out` rows are not in it."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left_out: int = 0

    @property
    def tall(self) -> bool:
        """Whether it reads better as a name and a value a line: one row with many fields."""
        return len(self.rows) == 1 and len(self.head) > COLUMNS_WIDE

    @property
    def single(self) -> str:
        """The only value there is, if there is but one: it fits behind the title."""
        return self.rows[0][0] if len(self.rows) == 1 and len(self.head) == 1 and not self.left_out else ""

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The names and values of its one row."""
        return tuple(zip(self.head, self.rows[0], strict=True))


def table(finding: Finding, most: int) -> Table:
    """The first rows of a finding; what all rows are about is not repeated in each, nor what none has."""
    about = {row.subject for row in finding.rows}
    subjects = _names(dict(row.subject) for row in finding.rows) if len(about) > 1 else []
    labels = _names(row.labels for row in finding.rows)
    fields = _fields(finding.rows)
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
    head = tuple(clean(name.replace("_", " "), 40) or "-" for name in (*subjects, *labels, *fields))
    return Table(head, rows, left_out)


def plain_table(of: Table, cell: int) -> str:
    """As aligned text with cells of at most so many characters; numbers and words alike to the left."""
    if of.tall:
        width = max(map(len, of.head))
        return "\n".join(f"{name.ljust(width)}  {cut(value, CELL_LONGEST)}" for name, value in of.pairs)
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
            return _last_lines(value) or "-"


def nothing_words(finding: Finding) -> str:
    """What is said of a finding without rows: its own words, or why it was not measured."""
    detail = clean(finding.detail, CELL_LONGEST)
    if finding.state is FindingState.MEASURED:
        return detail or "nothing"
    return f"not measured, {reason_words(finding)}" + (f": {detail}" if detail else "")


def reason_words(finding: Finding) -> str:
    """Why a diagnostic has no answer: "no data", "timeout"."""
    if finding.reason is not None:
        return finding.reason.replace("_", " ")
    return REASONS.get(finding.state, finding.state.value)


def _last_lines(text: str) -> str:
    """One line of text; of a log its end, where the reason stands."""
    lines = [line for raw in text[-4 * CELL_LONGEST :].splitlines() if (line := clean(raw, CELL_LONGEST))]
    if len(lines) <= 1:
        return clean(text, CELL_LONGEST)
    return " / ".join(lines[-LINES_SHOWN:])


def _field(row: Row, name: str, unit: Unit | None) -> str:
    value = row.values.get(name)
    if isinstance(value, float) and (name.endswith("_at") or name == "since"):
        return _moment(value)
    return scalar(value, unit if name in IN_ITS_UNIT else unit_of(name))


def _moment(seconds: float) -> str:
    try:
        return utc(datetime.fromtimestamp(seconds, tz=UTC))
    except (ValueError, OverflowError, OSError):  # beyond what a calendar has
        return number(seconds)


def _text(value: str | None) -> str:
    return clean(value, CELL_LONGEST) if value else "-"


def _fields(rows: Sequence[Row]) -> list[str]:
    """The fields that some row has a value for; all of them where none has."""
    names = [name for name in _names(row.values for row in rows) if name not in HIDDEN]
    return [name for name in names if any(row.values.get(name) is not None for row in rows)] or names


def _names(mappings: Iterable[Mapping[str, object]]) -> list[str]:
    """Every key there is, in the order met."""
    seen: dict[str, None] = {}
    for mapping in mappings:
        seen.update(dict.fromkeys(mapping))
    return list(seen)
