"""A notice for a terminal: the message's lines, then every finding and cause in full. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.panel import Panel
from rich.style import Style
from rich.table import Table as RichTable
from rich.text import Text

from responder.domain.clock import utc
from responder.domain.notice import Notice
from responder.domain.report import Evidence, Finding, FindingState, RankedCause, Ranking
from responder.render.chart import sparkline
from responder.render.fix_records import records
from responder.render.limits import clean, safe_url
from responder.render.lines import Line, Part, To
from responder.render.phrases import answer_words
from responder.render.table import Table, nothing_words, table
from responder.render.text import message_lines
from responder.render.view import View, tone, view

ROWS_SHOWN: Final = 20
INDENT: Final = (0, 0, 0, 2)
STYLES: Final = {"critical": "red", "warning": "yellow", "info": "blue", "resolved": "green"}
ANSWERS: Final = {"for": "green", "against": "red"}


@dataclass(frozen=True, slots=True)
class Headline:
    """In a box across the terminal; elsewhere, where there is no width, around the words."""

    words: Text
    style: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Panel(self.words, border_style=self.style, expand=console.is_terminal)


def report_view(notice: Notice) -> RenderableType:
    """Everything that is known, for rich to print; text from outside is never read as markup."""
    seen = view(notice)
    style = STYLES[tone(seen.incident)]
    first, *others = message_lines(notice)
    parts: list[RenderableType] = [Headline(Text(first.text, style=f"bold {style}"), style)]
    parts += [_line(line) for line in others if line.part is not Part.LINKS]
    if bars := sparkline(seen.reading):
        parts.append(Text(f"Course: {bars}", style=style))
    parts += [*_causes(seen.ranking), *_fixes(seen), *_findings(seen.report.findings if seen.report else ())]
    parts += _links(others)
    return Group(*parts)


def _line(line: Line) -> RenderableType:
    text = Text("• " if line.bullet else "")
    if line.label:
        text.append(f"{line.label}: ", style="bold")
    text.append(Line(line.part, line.spans).text)
    return _indented(text) if line.bullet else text


def _links(lines: list[Line]) -> Iterator[RenderableType]:
    """Addresses in full, as links too: not every terminal knows those, and a wrapped one stays whole."""
    spans = [span for line in lines if line.part is Part.LINKS for span in line.spans if isinstance(span, To)]
    if spans:
        yield Text("\nLinks", style="bold")
    for span in spans:
        text = Text(f"{span.title}: ", overflow="fold")
        yield _indented(text.append(span.url, Style(link=span.url)))


def _causes(ranking: Ranking) -> Iterator[RenderableType]:
    if ranking.causes:
        yield Text("\nCauses", style="bold")
    for place, cause in enumerate(ranking.causes, start=1):
        leads = ", leading" if place <= ranking.leading else ""
        title = Text(f"{place}. {clean(cause.title, 80)}", style="bold" if leads else "")
        title.append(f" (likelihood {cause.likelihood}{leads})", style="dim")
        yield title
        yield from (_indented(_evidence(evidence)) for evidence in cause.evidence)
        yield from _where_to_look(cause)


def _evidence(evidence: Evidence) -> Text:
    word = answer_words(evidence)
    why = f"; {clean(evidence.reason, 120)}" if evidence.reason else ""
    text = Text(f"{word}: ", style=ANSWERS.get(word, "dim"))
    text.append(clean(evidence.statement, 300), style="default")
    return text.append(f" ({evidence.weight}{why})", style="dim")


def _where_to_look(cause: RankedCause) -> Iterator[RenderableType]:
    for name, words in (("check", cause.check), ("look at", cause.look)):
        if told := clean(words, 300):
            yield _indented(Text(f"{name}: {told}"))


def _fixes(seen: View) -> Iterator[RenderableType]:
    known = records(seen)
    if known:
        yield Text("\nQuick fixes", style="bold")
    for fix in known:
        yield Text(f"{fix.title}: {fix.state}", style="dim" if fix.over else "").append(
            f" ({fix.id})", style="dim"
        )
        told = filter(None, (fix.does, fix.left, *fix.gains))
        yield from (_indented(Text(text)) for text in told)
        yield from (_indented(Text(f"{utc(at)}  {what}", style="dim")) for at, what in fix.history)


def _findings(findings: tuple[Finding, ...]) -> Iterator[RenderableType]:
    if findings:
        yield Text("\nFindings", style="bold")
    for finding in findings:
        title = Text(clean(finding.title, 100) or finding.diagnostic)
        if finding.state is FindingState.MEASURED and finding.rows:
            rows = table(finding, ROWS_SHOWN)
            yield title.append(f": {rows.single}") if rows.single else title
            yield from [] if rows.single else [_rows(rows)]
        else:
            yield title.append(f": {nothing_words(finding)}", style="dim")
        yield from _places(finding)


def _places(finding: Finding) -> Iterator[RenderableType]:
    for to in finding.links:
        if url := safe_url(to.url):
            yield _indented(Text(f"{clean(to.title, 100) or 'link'}: {url}", overflow="fold"))


def _rows(rows: Table) -> RenderableType:
    if rows.tall:
        return _indented(_pairs(rows))
    shown = RichTable(box=box.SIMPLE_HEAD, pad_edge=False)
    for head in rows.head:
        shown.add_column(Text(head), overflow="fold")
    for row in rows.rows:
        shown.add_row(*map(Text, row))
    if rows.left_out:
        shown.caption = f"+{rows.left_out} more"
    return _indented(shown)


def _pairs(rows: Table) -> RenderableType:
    shown = RichTable.grid(padding=(0, 2))
    for name, value in rows.pairs:
        shown.add_row(Text(name, style="dim"), Text(value, overflow="fold"))
    return shown


def _indented(what: RenderableType) -> Padding:
    return Padding(what, INDENT, expand=False)
