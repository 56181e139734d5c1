"""The page about the responder's own alerts."""

import re

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


def test_a_page_has_no_tags_of_the_text_s_own_and_links_only_to_what_is_there() -> None:
    page = operating_page(TEXT, nonce="n")
    assert '<section id="responderdown">' in page
    assert "A &lt;script&gt; &amp; more" in page
    assert "How it works." in page  # the other file isn't served
    assert '<a href="https://example.org/a">there</a>' in page
    assert "First <strong>this</strong>." in page


def test_the_shipped_page_leads_to_each_of_our_alerts() -> None:
    text = (resource_dir("docs") / "operating.md").read_text(encoding="utf-8")
    page = operating_page(text, nonce="n")
    for alert in ("down", "receivesnothing", "deliveriesfailing", "queuegrowing", "reloadfailed"):
        assert f'<section id="responder{alert}">' in page
    assert ".md)" not in page


def test_steps_and_commands_stand_as_a_page_has_them() -> None:
    """Whoever comes here by an alert reads no Markdown: no fences, ticks or stars."""
    page = operating_page(
        "# Operating\n\nIn\nshort.\n\n## ResponderDown\n\n**Look at**\n\n1. `up` as\n   one.\n2. Two.\n\n"
        "```console\n$ responder doctor\n```\n\nThen [begin](#operating).\n",
        nonce="n",
    )
    assert "<li><code>up</code> as\none.</li>" in page
    assert "$ responder doctor\n</code></pre>" in page
    assert '<a href="#operating">begin</a>' in page
    assert "<strong>Look at</strong>" in page
    assert "```" not in page


def test_nothing_of_the_shipped_text_is_left_as_markdown() -> None:
    page = operating_page((resource_dir("docs") / "operating.md").read_text(encoding="utf-8"), nonce="n")
    told = re.sub(r"<pre>.*?</pre>", "", page, flags=re.DOTALL)  # what commands answer stands as they do
    assert [mark for mark in ("```", "**", "](", "` ") if mark in told] == []
