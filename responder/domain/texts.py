"""Text from outside, as far as it can be kept."""

import re
from typing import Any, Final

_SURROGATE_OR_NUL: Final = re.compile("[\ud800-\udfff\0]")


def keepable(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Text that no database could keep (half of a surrogate pair, NUL) with U+FFFD in its place."""
    match value:
        case str():
            return _SURROGATE_OR_NUL.sub("\ufffd", value)
        case list() | tuple():
            return [keepable(item) for item in value]
        case dict():
            return {keepable(key): keepable(item) for key, item in value.items()}
        case _:
            return value
