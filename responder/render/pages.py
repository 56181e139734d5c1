"""How pages are made of templates: one style, one set of filters, everything escaped. Pure."""

from datetime import datetime
from functools import cache
from typing import Any, Final

import jinja2

from responder.render.limits import clean, safe_url
from responder.render.lines import Line, To
from responder.render.phrases import answer_words
from responder.render.table import nothing_words
from responder.render.view import utc

HREF_LONGEST: Final = 8_000
"""Characters of an address on a page; browsers take more."""


def render(template: str, **context: Any) -> str:  # noqa: ANN401 - whatever the template shows
    """A page of one of the templates."""
    return _environment().get_template(template).render(**context)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("responder.render"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        utc=utc, clean=clean, href=_href, answer=answer_words, nothing=nothing_words, spans=_spans
    )
    return environment


def _href(url: str) -> str:
    """An address that may be a link: ours (a path) or http(s); nothing else."""
    return url if url.startswith("/") and not url.startswith("//") else safe_url(url, HREF_LONGEST)


def _spans(line: Line) -> list[tuple[str, Any]]:
    """Spans with their kind, for the template to dress."""
    return [(_kind(span), span) for span in line.spans if span]


def _kind(span: object) -> str:
    match span:
        case datetime():
            return "time"
        case To():
            return "link"
        case _:
            return "text"
