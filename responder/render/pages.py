"""How pages are made of templates: one style, one set of filters, everything escaped. Pure."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final

import jinja2

from responder.domain.clock import utc
from responder.playbook.diagnostic import Diagnostic
from responder.playbook.runbook import anchor
from responder.render.limits import clean, clean_lines, safe_url
from responder.render.lines import Line, To
from responder.render.phrases import answer_words, daily_words
from responder.render.runbook_words import bad_when, gain, how_to_tell, kind_words, remedy
from responder.render.table import nothing_words
from responder.render.view import tone

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
        utc=utc,
        clean=clean,
        clean_lines=clean_lines,
        href=_href,
        answer=answer_words,
        daily=daily_words,
        nothing=nothing_words,
        spans=_spans,
        tone=tone,
    )
    environment.filters.update(
        anchor=anchor,
        bad_when=bad_when,
        gain=gain,
        how_to_tell=how_to_tell,
        keys=_keys,
        kind_words=kind_words,
        remedy=remedy,
    )
    return environment


def _href(url: str) -> str:
    """An address that may be a link: ours (a path) or http(s); nothing else."""
    return url if url.startswith("/") and not url.startswith("//") else safe_url(url, HREF_LONGEST)


def _keys(diagnostic: Diagnostic) -> Mapping[str, str]:
    """What a diagnostic has besides its queries and what each has, as words."""
    shown = {"id", "kind", "title", "unit", *diagnostic.queries()}
    plain = diagnostic.model_dump(mode="json", exclude=shown, exclude_defaults=True)
    return {
        key: ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        for key, value in plain.items()
    }


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
