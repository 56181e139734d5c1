"""The page about the responder's own alerts."""

from responder.render.operating import operating_page, sections
from responder.resources import resource_dir

TEXT = """# Operating

How [it](elsewhere.md) works.

## Loading rules

First **this**.

## ResponderDown

A <script> & more; see [there](https://example.org/a).
"""


def test_every_heading_has_the_anchor_of_a_markdown_renderer() -> None:
    assert [(one.anchor, one.title) for one in sections(TEXT)] == [
        ("operating", "Operating"),
        ("loading-rules", "Loading rules"),
        ("responderdown", "ResponderDown"),
    ]


def test_the_text_stands_as_it_was_written_and_escaped() -> None:
    page = operating_page(TEXT, nonce="n")
    assert '<section id="responderdown">' in page
    assert "A &lt;script&gt; &amp; more" in page
    assert "How it works." in page  # the other file isn't served
    assert "[there](https://example.org/a)" in page


def test_the_shipped_page_leads_to_each_of_our_alerts() -> None:
    text = (resource_dir("docs") / "operating.md").read_text(encoding="utf-8")
    page = operating_page(text, nonce="n")
    for alert in ("down", "receivesnothing", "deliveriesfailing", "queuegrowing", "reloadfailed"):
        assert f'<section id="responder{alert}">' in page
    assert ".md)" not in page
