"""Filters for what is asked of Alertmanager: in a storm it knows tens of thousands of alerts."""

import re
from collections.abc import Collection, Mapping
from typing import Final
from urllib.parse import quote

from responder.clients.alertmanager_answers import Matcher

LONGEST: Final = 4_000
"""Characters of all filters together as they stand in an address: proxies take no long ones."""

_NAME: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
"""Other names of labels are read only by Alertmanagers that know UTF-8 in them."""


def narrowing(values: Mapping[str, Collection[str]]) -> tuple[Matcher, ...]:
    """Filters that let through whatever has, of each of these labels, one of these values or no such label.

    They only save what need not be sent: what comes is still to be looked at, for where they would be too
    long, or can't be written, they let more through.
    """
    filters = []
    left = LONGEST
    for name, wanted in values.items():
        pattern = "|".join([*map(re.escape, sorted(wanted)), ""])
        if not _NAME.fullmatch(name) or not pattern.isprintable():
            continue
        narrows = Matcher(name, pattern, is_regex=True)
        if (long := len(quote(str(narrows)))) <= left:
            filters.append(narrows)
            left -= long
    return tuple(filters)
