"""Digests by which long texts are found."""

import hashlib


def text_key(*texts: str) -> str:
    """One key for these texts, in this order; 32 hex digits: an index of keys is written at random places."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:32]


def way_key(receiver: str, group_key: str) -> str:
    """The key of a way that an incident's notifications come by."""
    return text_key(receiver, group_key)


def lock_key(text: str) -> int:
    """A text as the number that an advisory lock takes."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], signed=True)
