"""Splits a line into words as people in a chat write it: quotes of any kind hold words together. Pure."""

from typing import Final

DOUBLE: Final = '"“”„‟«»'
SINGLE: Final = "'\u2018\u2019\u201a\u201b"
"""Any of these ends what any of them began: Slack and keyboards make curly and low ones of straight marks."""
OPENS: Final = {mark: closing for closing in (DOUBLE, SINGLE) for mark in closing}
ESCAPE: Final = "\\"


class Unclosed(ValueError):  # noqa: N818 - reads as what it is
    """A quotation begins and doesn't end."""


def split(text: str) -> list[str]:
    """The words of a line, without the marks around them.

    A mark opens a quotation at the beginning of a word or right after its `=`; elsewhere it is a letter, as
    in "it's". Inside, a backslash keeps a mark or a backslash from meaning anything.

    Raises:
        Unclosed: a quotation is open at the end.
    """
    words: list[str] = []
    word, begun, closing = "", False, ""
    letters = iter(text)
    for letter in letters:
        if closing:
            if letter == ESCAPE:
                word += _escaped(next(letters, ""), closing)
            elif letter in closing:
                closing = ""
            else:
                word += letter
        elif letter.isspace():
            if begun:
                words.append(word)
            word, begun = "", False
        elif letter in OPENS and (not begun or word.endswith("=")):
            closing, begun = OPENS[letter], True
        else:
            word, begun = word + letter, True
    if closing:
        raise Unclosed(text)
    return [*words, word] if begun else words


def _escaped(letter: str, closing: str) -> str:
    return letter if letter == ESCAPE or letter in closing else ESCAPE + letter
