"""The page about the responder's own alerts: the text of docs/operating.md by its headings. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from markdown_it import MarkdownIt
from markupsafe import Markup

from responder.render.pages import render

_HEADING: Final = re.compile(r"^#{1,2} (.+)$", re.MULTILINE)
_LINK: Final = re.compile(r"\[([^]]+)\]\((?!https?:|#)[^)]*\)")
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False})


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, the anchor that alerts lead to, and what stands under it, as Markdown."""

    anchor: str
    title: str
    text: str

    @property
    def html(self) -> Markup:
        """The text as a page has it; tags that stand in it are shown, not followed."""
        return Markup(_MARKDOWN.render(self.text))  # noqa: S704 - its tags are Markdown's only


def operating_page(text: str, *, nonce: str) -> str:
    """The page; links to other files of the checkout, which aren't served, are only their words."""
    first, *others = sections(_LINK.sub(r"\1", text))
    return render("operating.html.j2", title=first.title, intro=first.html, sections=others, nonce=nonce)


def sections(text: str) -> Iterator[Section]:
    """The text cut at its headings of the first two levels; anchors are those of a Markdown renderer."""
    parts = _HEADING.split(text)[1:]
    for title, body in zip(parts[::2], parts[1::2], strict=True):
        yield Section(title.lower().replace(" ", "-"), title, body.strip())
