"""Takes Slack's tokens out of text that others wrote."""

import re
from typing import Final

HIDDEN: Final = "[hidden]"
_TOKEN: Final = re.compile(r"\bx(ox[a-z]|app)-[A-Za-z0-9-]+")


def without_tokens(text: str) -> str:
    """The text, where it may be shown: what is between us and Slack may repeat what we sent."""
    return _TOKEN.sub(HIDDEN, text)
