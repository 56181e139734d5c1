"""A notice as Slack messages: the message of the channel, the detail of its thread, the replies. Pure.

Every limit of Slack is kept by construction, and nothing that came from outside can be formatting, a mention
or a link that is not what it says.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from responder.domain.alert import Severity
from responder.domain.audience import MentionRule, mentioned
from responder.domain.clock import utc
from responder.domain.fix import FixState
from responder.domain.incident import Ending, Event, EventKind
from responder.domain.notice import Notice
from responder.domain.report import Evidence, Finding, FindingState, RankedCause, Report
from responder.domain.storm import StormNotice
from responder.domain.watchdog import LossNotice
from responder.render.asks import ask_row
from responder.render.blocks import (
    Block,
    Element,
    SlackMessage,
    bullets,
    context,
    header,
    link,
    mentions,
    moment,
    paragraph,
    preformatted,
    rich,
    said,
    section,
    within_limits,
)
from responder.render.buttons import OWN_ROW, button_rows
from responder.render.limits import clean, cut, escape, escape_within, people, safe_url
from responder.render.lines import BUTTONS_ROOM, PHONE_LINES, Line, Part, words
from responder.render.phrases import answer_words, came_back_spans, what
from responder.render.slack_chart import chart_block
from responder.render.storm import storm_line, storm_lines
from responder.render.table import Table, nothing_words, plain_table, table
from responder.render.text import lock_screen, message_lines
from responder.render.view import View, headline, view
from responder.render.watchdog import loss_line, loss_lines

FALLBACK_LONGEST: Final = 1_000
TRIED: Final = ((8, 900), (8, 300), (4, 0), (2, 0), (1, 0))
"""How many rows of each finding, and how long a query's address may be: the first where everything fits."""

CELL: Final = 28
COLUMNS_WIDE: Final = 40
"""Characters of equal width on a line of a phone."""
PREFORMATTED_LONGEST: Final = 1_800
STATEMENT_LONGEST: Final = 200
ANSWER_LONGEST: Final = 100
LINK_LONGEST: Final = 100
LINKS_SHOWN: Final = 3
ADDRESS_LONGEST: Final = 300
"""Characters of an address of a single thing: these stay where queries have to go."""
EVIDENCE_SHOWN: Final = 12

MARKS: Final = {Severity.CRITICAL: "🔴", Severity.WARNING: "🟠", Severity.INFO: "🔵"}
OVER: Final = "✅"
GONE: Final = "⚠️"
"""Over, yet not well."""
ASKED: Final = "🔍"
STORM: Final = "🌩"
LOST: Final = "🔇"

PARAGRAPHS: Final = (
    (
        Part.ABOUT,
        Part.CAME_BACK,
        Part.ENDING,
        Part.MUTED,
        Part.FALSE_ALARM,
        Part.ALERT,
        Part.HOW_BAD,
        Part.WHY,
        Part.EVIDENCE,
    ),
    (Part.IF_NOTHING, Part.CHANGED, Part.SEEN, Part.KIN, Part.RELATED, Part.TAKEN, Part.IN_FORCE),
    (Part.HELD, Part.FIX, Part.OTHER_FIX, Part.FIX_ENDED, Part.FOR_GOOD, Part.CHECK),
    (Part.LINKS,),
)
"""Which parts of the message stand together."""

STORM_PARAGRAPHS: Final = (
    (Part.ABOUT, Part.ALERT),
    (Part.HOW_BAD,),
    (Part.CHECK, Part.ENDING),
    (Part.LINKS,),
)
"""The same of a storm's message."""
LOSS_PARAGRAPHS: Final = ((Part.ABOUT, Part.ENDING), (Part.IF_NOTHING,), (Part.CHECK,), (Part.LINKS,))
"""The same of a lost watchdog's."""

REPLIES: Final = {
    EventKind.SEVERITY_RAISED: "severity rose",
    EventKind.CAME_BACK: "came back",
    EventKind.FLAPPING: "flapping: until it was quiet for 30 min only the message above changes",
    EventKind.ENDED_GONE: "ended, but not because it got better: its series ended",
    EventKind.FIX_DID_NOT_WORK: "the quick fix did not work",
    EventKind.FIX_FAILED: "the quick fix failed",
    EventKind.FIX_NOT_UNDONE: "the quick fix could not be undone yet",
    EventKind.FIX_UNDO_WAITS: "undoing the quick fix waits, for it would bring the alert back",
    EventKind.FIX_ENDS_SOON: "the quick fix ends soon, and its cause is still there",
}

WAKES: Final = frozenset({EventKind.SEVERITY_RAISED, EventKind.CAME_BACK})
"""Replies that mention people again: an edit would tell those nobody who are only now meant."""

ABOUT_FIXES: Final = frozenset(kind for kind in EventKind if kind.startswith("fix_"))


@dataclass(frozen=True, slots=True)
class Voice:
    """How a site's messages are rendered.

    Args:
        pressable: whether what people press reaches us; else there are no buttons.
        mentions: whom to mention, of which incidents.
        charted: whether the message has a chart of the measure.
    """

    pressable: bool = True
    mentions: Sequence[MentionRule] = ()
    charted: bool = True

    def message(self, notice: Notice) -> SlackMessage:
        who = mentioned(notice, self.mentions)
        return message(notice, pressable=self.pressable, who=who, charted=self.charted)

    def detail(self, notice: Notice) -> SlackMessage:
        return detail(notice)

    def reply(self, notice: Notice, event: Event) -> SlackMessage:
        who = mentioned(notice, self.mentions) if event.kind in WAKES else ()
        return reply(notice, event, who=who)

    def storm(self, notice: StormNotice) -> SlackMessage:
        return storm(notice)

    def loss(self, notice: LossNotice) -> SlackMessage:
        return loss(notice)


def message(
    notice: Notice, *, pressable: bool = True, who: Sequence[str] = (), charted: bool = False
) -> SlackMessage:
    """The one message of the incident, edited in place; it mentions `who` while the incident is open."""
    asks = ask_row(notice) if pressable else None
    who = who if notice.incident.open else ()
    lines = message_lines(notice, PHONE_LINES - (BUTTONS_ROOM if asks else 0) - (1 if who else 0))
    blocks: list[Block] = [header(f"{_mark(notice)} {_first(lines, Part.HEADLINE)}")]
    shown = [line.buttons_of for line in lines if line.buttons_of]
    rows = button_rows(notice, shown) if pressable else {}
    for parts in PARAGRAPHS:
        blocks += _with_buttons([line for line in lines if line.part in parts], rows)
    blocks += [rows[OWN_ROW]] if OWN_ROW in rows else []
    chart_at = len(blocks)
    blocks += [asks] if asks else []
    if missing := [line.text for line in lines if line.part is Part.NOT_MEASURED]:
        blocks.append(context(missing[0]))
    if who:
        blocks.insert(1, rich(mentions(who)))
        chart_at += 1
    text = escape(lock_screen(notice))
    plain = SlackMessage(text, within_limits(blocks, _cut_short(notice)))
    chart = _chart(notice) if charted else None
    if chart is None:
        return plain
    blocks.insert(chart_at, chart)
    fitting = within_limits(blocks, _cut_short(notice))
    return SlackMessage(text, fitting, simpler=plain) if len(fitting) == len(blocks) else plain


def _chart(notice: Notice) -> Block | None:
    """How the worst alert's measure went; once it is over it would show the past as if it were now."""
    seen = view(notice)
    if not notice.incident.open:
        return None
    return chart_block(seen.title, seen.reading, seen.worst.starts_at)


def detail(notice: Notice) -> SlackMessage:
    """What stands behind the message, for its thread: causes with evidence, findings with rows."""
    seen = view(notice)
    text = escape_within(f"Details: {headline(seen.worst)}", FALLBACK_LONGEST)
    if seen.report is None:
        return SlackMessage(text, (context("The investigation has not answered yet."),))
    for rows, address in TRIED:
        blocks = [
            *cause_blocks(seen),
            *finding_blocks(seen.report.findings, rows, address),
            *_later(seen.report),
        ]
        fitting = within_limits(blocks, _cut_short(notice))
        if len(fitting) == len(blocks):
            break
    return SlackMessage(text, fitting or (context("Nothing was asked: there is no playbook."),))


def reply(notice: Notice, event: Event, *, who: Sequence[str] = ()) -> SlackMessage:
    """What everybody must hear at once, and which an edit would tell nobody; `who` is mentioned."""
    seen = view(notice)
    happened = REPLIES.get(event.kind, event.kind.replace("_", " "))
    told = f"[{seen.word}] {what(seen)}: {happened}{_after_lease(seen, event)}{_about(event)}"
    end = _end_of_fix(notice) if event.kind is EventKind.FIX_ENDS_SOON else None
    until = f", until {utc(end)}" if end else ""
    shown = section(said(told), *([said(", until "), moment(end)] if end else []))
    parts = [mentions(who), shown] if who else [shown]
    return SlackMessage(escape_within(told + until, FALLBACK_LONGEST), (rich(*parts),))


def _after_lease(seen: View, event: Event) -> str:
    """Of an alert that came back after the end of a lease: how long after which."""
    report = seen.report
    back = report.came_back if report and report.made_at >= event.at else None
    if back is None or event.kind is not EventKind.CAME_BACK:
        return ""
    return " " + "".join(map(words, came_back_spans(back, seen.incident.id)))


def storm(notice: StormNotice) -> SlackMessage:
    """The one message of a storm, edited in place."""
    lines = storm_lines(notice)
    ended = GONE if notice.open else OVER
    blocks: list[Block] = [header(f"{ended if notice.storm.over else STORM} {_first(lines, Part.HEADLINE)}")]
    for parts in STORM_PARAGRAPHS:
        blocks += _blocks([line for line in lines if line.part in parts])
    fitting = within_limits(blocks, context("There is more than fits here."))
    return SlackMessage(escape(storm_line(notice)), fitting)


def loss(notice: LossNotice) -> SlackMessage:
    """The one message of a lost watchdog, edited in place."""
    lines = loss_lines(notice)
    blocks: list[Block] = [header(f"{OVER if notice.loss.over else LOST} {_first(lines, Part.HEADLINE)}")]
    for parts in LOSS_PARAGRAPHS:
        blocks += _blocks([line for line in lines if line.part in parts])
    return SlackMessage(escape(loss_line(notice)), tuple(blocks))


def _about(event: Event) -> str:
    """What it happened to: of a quick fix a sentence of its own, which has brackets already."""
    about = clean(people(event.text), 200)
    if not about:
        return ""
    return f". {about}" if event.kind in ABOUT_FIXES else f" ({about})"


def _end_of_fix(notice: Notice) -> datetime | None:
    """When the fix ends of which people were told that it ends soon; None where there are several."""
    ends = [fix.expires_at for fix in notice.fixes if fix.state is FixState.IN_FORCE and fix.warned]
    return ends[0] if len(ends) == 1 else None


def _with_buttons(lines: Sequence[Line], rows: Mapping[str, Block]) -> Iterator[Block]:
    """Paragraphs of these lines, each as far as a line whose buttons stand below it."""
    together: list[Line] = []
    for line in lines:
        together.append(line)
        if line.buttons_of and line.buttons_of in rows:
            yield from _blocks(together, rows[line.buttons_of])
            together = []
    yield from _blocks(together)


def _blocks(lines: Sequence[Line], *below: Block) -> Iterator[Block]:
    if (block := paragraph(lines)) is not None:
        yield block
    yield from below


def _mark(notice: Notice) -> str:
    if notice.asked:
        return ASKED
    if notice.incident.open:
        return MARKS[notice.incident.severity]
    return GONE if notice.incident.ending is Ending.GONE else OVER


def _first(lines: tuple[Line, ...], part: Part) -> str:
    return next((line.text for line in lines if line.part is part), "")


def _cut_short(notice: Notice) -> Block:
    """What stands in the place of what does not fit."""
    where = (link("the incident's page", notice.page_url),) if notice.page_url else ()
    return rich(section(said("There is more than fits here" + (": " if where else ".")), *where))


def cause_blocks(seen: View) -> Iterator[Block]:
    """Causes, the likeliest first, each with its evidence."""
    ranking = seen.ranking
    for place, cause in enumerate(ranking.causes, start=1):
        leads = ", leading" if place <= ranking.leading else ""
        title = f"{place}. {clean(cause.title, 80)} (likelihood {cause.likelihood}){leads}"
        items = [_evidence(e) for e in cause.evidence[:EVIDENCE_SHOWN]] + _where_to_look(cause)
        parts = [section(said(title, bold=True)), *([bullets(*items)] if items else [])]
        yield rich(*parts)


def _evidence(evidence: Evidence) -> list[Element]:
    why = f" ({clean(evidence.reason, 80)})" if evidence.reason else ""
    word = said(f"{answer_words(evidence)}: ", bold=evidence.counts)
    return [word, said(f"{clean(evidence.statement, STATEMENT_LONGEST)}, {evidence.weight}{why}")]


def _where_to_look(cause: RankedCause) -> list[list[Element]]:
    told = (("check: ", cause.check), ("look at: ", cause.look))
    return [[said(name), said(clean(text, STATEMENT_LONGEST))] for name, text in told if clean(text)]


def finding_blocks(findings: Sequence[Finding], rows: int, address: int) -> Iterator[Block]:
    """Findings with so many rows each, and links to their queries where these are no longer than that."""
    for finding in findings:
        yield rich(*_finding(finding, rows, address))


def _finding(finding: Finding, most: int, address: int) -> Iterator[Element]:
    """A title with its query, then the answer: behind it where it is short, else as a table below."""
    rows = table(finding, most) if finding.state is FindingState.MEASURED and finding.rows else None
    title = clean(finding.title, 80) or finding.diagnostic
    short = nothing_words(finding) if rows is None else rows.single
    query = safe_url(finding.link, address)
    yield section(
        said(title, bold=True),
        *([said(f": {short}")] if short else []),
        *([said("  "), link("query", query)] if query else []),
    )
    if rows is not None and not short:
        yield _answers(rows)
    notes = [f"+{rows.left_out} more"] if rows is not None and rows.left_out else []
    notes += [clean(warning, 120) for warning in finding.warnings[:2]]
    if notes:
        yield section(said("; ".join(notes)))
    if places := _places(finding)[:most]:
        yield bullets(*places)


def _answers(rows: Table) -> Element:
    """Columns below one another where a phone shows a line without breaking it; else a line a row."""
    columns = plain_table(rows, CELL)
    if rows.tall or max(map(len, columns.splitlines()), default=0) <= COLUMNS_WIDE:
        return preformatted(columns[:PREFORMATTED_LONGEST] or "-")
    lines = [[said(_in_words(cells))] for cells in rows.rows]
    return bullets([said(_in_words(rows.head), bold=True)], *lines)


def _in_words(cells: Sequence[str]) -> str:
    """What it is about, then the last cell: "bug-fix, gpt-4: 31.5 tokens a minute"."""
    *about, value = cells
    told = cut(value, ANSWER_LONGEST)
    return f"{', '.join(cut(cell, CELL) for cell in about)}: {told}" if about else told


def _places(finding: Finding) -> list[list[Element]]:
    """The single things behind an answer that can be opened."""
    shown = [
        (clean(to.title, LINK_LONGEST) or "link", safe_url(to.url, ADDRESS_LONGEST)) for to in finding.links
    ]
    return [[link(title, url)] for title, url in shown if url][:LINKS_SHOWN]


def _later(report: Report) -> Iterator[Block]:
    for title, texts in (("For the long term", report.long_term), ("Prevention", report.prevention)):
        items = [[said(text)] for raw in texts[:5] if (text := clean(raw, STATEMENT_LONGEST))]
        if items:
            yield rich(section(said(title, bold=True)), bullets(*items))
