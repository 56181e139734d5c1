"""Splits an answer by what it is about, worst first and not too long."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from responder.domain.report import WHOLE, Row, Subject

ROWS: Final = 1000
"""Rows of one finding, whatever the number of alerts."""

_PRIVATE: Final = frozenset({"__name__"})


def about(
    labels: Mapping[str, str], names: Sequence[str], subjects: Iterable[Subject]
) -> tuple[Subject, Mapping[str, str]] | None:
    """Whom labels are about, and the labels that are left.

    Args:
        labels: of an answer.
        names: the labels that tell alerts apart, as far as the question uses them, in the playbook's order.
        subjects: the incident's alerts, or the parts of them that those labels make.

    Returns:
        None where they are about somebody else.
    """
    subject = tuple((name, labels.get(name, "")) for name in names)
    if names and subject not in subjects:
        return None
    return subject, {name: value for name, value in labels.items() if name not in {*names, *_PRIVATE}}


def parts(subjects: Sequence[Subject], names: Iterable[str]) -> tuple[Subject, ...]:
    """What is left of the subjects when only some of their labels are asked by: each once, worst first."""
    wanted = frozenset(names)
    kept = (tuple(pair for pair in subject if pair[0] in wanted) for subject in subjects)
    return tuple(dict.fromkeys(kept))


def limited(rows: Iterable[Row], subjects: Sequence[Subject], limit: int) -> tuple[tuple[Row, ...], int]:
    """At most `limit` rows a subject in the order of the subjects, and how many were left out."""
    by_subject: dict[Subject, list[Row]] = defaultdict(list)
    for row in rows:
        by_subject[row.subject].append(row)
    order = (*dict.fromkeys((*subjects, WHOLE)),)
    kept = tuple(row for subject in order for row in by_subject.get(subject, ())[:limit])[:ROWS]
    return kept, sum(map(len, by_subject.values())) - len(kept)


def largest_first(row: Row) -> float:
    """Sorts rows by their value, the largest first."""
    return -(row.value or 0.0)
