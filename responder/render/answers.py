"""Answers to what people ask by `/hypertool`, as Slack messages. Pure.

Nothing that came from outside can be formatting, a mention or a link that is not what it says. Buttons that
decide are not in them: these belong to the one message of the incident, which is kept true.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from responder.domain.answers import (
    About,
    Answer,
    Diagnosed,
    FarSide,
    FixList,
    OneIncident,
    Paused,
    Plain,
    State,
)
from responder.domain.command import Asked, Command
from responder.domain.fix import BY_RESPONDER, Fix, FixKind, FixState
from responder.domain.incident import Incident
from responder.domain.notice import Notice
from responder.policy.breaker import words_of
from responder.render import slack
from responder.render.blocks import (
    Block,
    SlackMessage,
    bullets,
    context,
    header,
    paragraph,
    plain,
    rich,
    said,
    section,
    within_limits,
)
from responder.render.fix_words import end_spans, held_spans, proposal_spans, refusal_words, title_of
from responder.render.fixes import HELD
from responder.render.limits import clean, cut, escape, escape_within, people, safe_url
from responder.render.lines import Line, Part, Span, To, within
from responder.render.text import lock_screen
from responder.render.view import headline, view

SHARE: Final = "command_share"
"""What the button is called by which an answer is shown to everybody (its `action_id`)."""
TEXT_LONGEST: Final = 300
SAID_LONGEST: Final = 160
NAME_LONGEST: Final = 100
LINES: Final = 4
"""Lines of a phone that one thing in a list may take."""
HELD_LINES: Final = 6
"""The same of a quick fix that holds its target: what it has set is never cut."""
HOLDING: Final = "Quick fixes that hold their targets"
TRIED: Final = ((6, 600), (4, 300), (3, 0), (1, 0))
"""How many rows of each finding, and how long a query's address may be: the first where everything fits."""


def answer(found: Answer, asked: Asked) -> SlackMessage:
    """The answer, with a button to show it to everybody, or with who asked where everybody sees it."""
    made = _made(found)
    if isinstance(found, Plain):
        return made
    below = asked_by(asked) if asked.command.shared else _share(asked.id)
    return SlackMessage(made.text, (*within_limits(made.blocks, _cut_short(), below), below))


def help_message(usage: Iterable[tuple[str, str]]) -> SlackMessage:
    """What can be asked; `usage` has each way to write something, and what it does."""
    items = [[said(f"/hypertool {written}", bold=True), said(f"  {does}")] for written, does in usage]
    return SlackMessage("What can be asked", (rich(section(said("You can write")), bullets(*items)),))


def asked_by(asked: Asked) -> Block:
    """Who asked what."""
    who = clean(people(asked.who), NAME_LONGEST) or "somebody"
    return context(f"{who} asked: /hypertool {_written(asked.command)}")


def for_everybody(blocks: Sequence[Block], asked: Asked) -> tuple[Block, ...]:
    """What one person was shown, with who asked in the place of its button."""
    below = asked_by(asked)
    shown = [block for block in blocks if block.get("type") != "actions"]
    return (*within_limits(shown, _cut_short(), below), below)


def _written(command: Command) -> str:
    labels = (f'{name}="{clean(value, NAME_LONGEST)}"' for name, value in command.labels.items())
    return " ".join(filter(None, (command.verb, clean(command.subject, NAME_LONGEST), *labels)))


def _share(asked: str) -> Block:
    value = json.dumps({"id": asked})
    button = {"type": "button", "text": plain("Show to the channel"), "action_id": SHARE, "value": value}
    return {"type": "actions", "elements": [button]}


def _made(found: Answer) -> SlackMessage:
    match found:
        case Plain():
            shown = cut(found.text, TEXT_LONGEST * 2)
            return SlackMessage(escape_within(shown, TEXT_LONGEST), (rich(section(said(shown))),))
        case Diagnosed():
            return _diagnosed(found.notice)
        case OneIncident():
            return _incident(found.notice)
        case State():
            return _state(found)
        case About():
            return _about(found)
        case FixList():
            return _fixes(found)


def _diagnosed(notice: Notice) -> SlackMessage:
    """What the message would say, and what stands behind it."""
    first = slack.message(notice, pressable=False).blocks
    seen = view(notice)
    findings = seen.report.findings if seen.report else ()

    def behind(rows: int, address: int) -> list[Block]:
        return [*first, *slack.cause_blocks(seen), *slack.finding_blocks(findings, rows, address)]

    return SlackMessage(escape(lock_screen(notice)), _fitting(behind))


def _incident(notice: Notice) -> SlackMessage:
    return slack.message(notice, pressable=False)


def _state(found: State) -> SlackMessage:
    number = len(found.incidents) + found.more
    lines = [
        _title("Open incidents", number),
        *(_item(_incident_spans(notice)) for notice in found.incidents),
        *([_item((f"+{found.more} more",))] if found.more else []),
        _title(HOLDING, len(found.fixes)),
        *(_held(fix, found.at) for fix in found.fixes),
        _breaker(found.breaker),
        _title("What we depend on", len(found.far_sides)),
        *(_item((_far_side(one),)) for one in found.far_sides),
    ]
    broken = [one.name for one in found.far_sides if not one.fine]
    told = _counted(number, "open incident") + (f"; not fine: {', '.join(broken)}" if broken else "")
    return _of_lines("How things stand", told, lines)


def _about(found: About) -> SlackMessage:
    name = clean(found.name, NAME_LONGEST)
    open_ones = [
        _title("Open incidents", len(found.incidents)),
        *(_item(_bare_incident(incident)) for incident in found.incidents[:5]),
    ]
    if found.fixes:
        open_ones += [
            _title(HOLDING, len(found.fixes)),
            *(_held(fix, found.at) for fix in found.fixes[:5]),
        ]
    first = [header(name), context(f"{found.kind}, as measured now"), *_paragraphs(open_ones)]

    def everything(rows: int, address: int) -> list[Block]:
        return [*first, *slack.finding_blocks(found.findings, rows, address)]

    return SlackMessage(escape_within(f"What is known of {name}", TEXT_LONGEST), _fitting(everything))


def _fixes(found: FixList) -> SlackMessage:
    lines = [_breaker(found.breaker), *(_fix_item(fix, found) for fix in found.fixes)]
    waiting = sum(fix.state is FixState.PROPOSED and not fix.refusal for fix in found.fixes)
    return _of_lines("Quick fixes", f"{_counted(waiting, 'proposal')} to decide about", lines)


def _fix_item(fix: Fix, found: FixList) -> Line:
    return _held(fix, found.at) if fix.state in HELD else _item(_fix_spans(fix, found))


def _held(fix: Fix, at: datetime) -> Line:
    """What holds, on what, and for which incident: its message has the buttons to undo and extend it."""
    spans = (*held_spans(fix, at, None), *_whose(fix))
    return within(Line(Part.ALERT, spans, bullet=True), HELD_LINES)


def _whose(fix: Fix) -> tuple[Span, ...]:
    """On what, where that is a knob: a silence's matchers would take the room."""
    knob = fix.kind is FixKind.LEASE
    target = f"{clean(fix.change.target, NAME_LONGEST)}, " if knob else ""
    return (f"; {target}incident {fix.incident}",)


def _fix_spans(fix: Fix, found: FixList) -> tuple[Span, ...]:
    about = _whose(fix)
    if fix.state is FixState.ENDED:
        return ("ended: ", *end_spans(fix, None), *about)
    if fix.refusal:
        return (f"would be refused: {title_of(fix)}: {refusal_words(fix)}", *about)
    return ("waits: ", *proposal_spans(fix, found.at, tied=False), *about)


def _incident_spans(notice: Notice) -> tuple[Span, ...]:
    seen, incident = view(notice), notice.incident
    who = f", {clean(people(incident.taken_by), 60)} has it" if incident.taken_by else ""
    start = f"[{seen.word}] {headline(seen.worst)}, since "
    return (start, incident.opened_at, f"{who}; ", _page(incident.id, notice.page_url))


def _bare_incident(incident: Incident) -> tuple[Span, ...]:
    start = f"[{incident.severity}] {clean(incident.alert_name, NAME_LONGEST)}, since "
    return (start, incident.opened_at, f"; incident {incident.id}")


def _page(incident: str, url: str) -> Span:
    return To(f"incident {incident}", url) if safe_url(url) else f"incident {incident}"


def _breaker(stands: Paused) -> Line:
    by = f" by {_who(stands)}" if stands.by else ""
    since: tuple[Span, ...] = (", since ", stands.since) if stands.since and stands.paused else ()
    if not stands.paused:
        return Line(Part.ABOUT, ("not paused",), "Quick fixes")
    why = f": {clean(words_of(stands.why), SAID_LONGEST)}" if stands.why else ""
    then = "; /hypertool resume, once that was looked at"
    return Line(Part.ABOUT, (f"paused{by}{why}", *since, then), "Quick fixes")


def _who(stands: Paused) -> str:
    """A person, or the responder by itself."""
    return "the responder itself" if stands.by == BY_RESPONDER else clean(people(stands.by), 60)


def _far_side(one: FarSide) -> str:
    word = "fine" if one.fine else "NOT FINE"
    return f"{one.name}: {word}: {clean(one.said, SAID_LONGEST)}"


def _title(text: str, number: int) -> Line:
    return Line(Part.ABOUT, (str(number) if number else "none",), text)


def _counted(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


def _item(spans: tuple[Span, ...]) -> Line:
    return within(Line(Part.ALERT, spans, bullet=True), LINES)


def _of_lines(title: str, told: str, lines: Sequence[Line]) -> SlackMessage:
    blocks = within_limits([header(title), *_paragraphs(lines)], _cut_short())
    return SlackMessage(escape_within(f"{title}: {told}", TEXT_LONGEST), blocks)


def _paragraphs(lines: Sequence[Line]) -> Iterator[Block]:
    """One for each title with what is listed under it."""
    together: list[Line] = []
    for line in lines:
        if not line.bullet and together:
            yield from _paragraph(together)
            together = []
        together.append(line)
    yield from _paragraph(together)


def _paragraph(lines: Sequence[Line]) -> Iterator[Block]:
    if (block := paragraph(lines)) is not None:
        yield block


def _fitting(make: Callable[[int, int], list[Block]]) -> tuple[Block, ...]:
    """The blocks with as many rows as fit."""
    for rows, address in TRIED:
        blocks = make(rows, address)
        fitting = within_limits(blocks, _cut_short())
        if len(fitting) == len(blocks):
            break
    return fitting


def _cut_short() -> Block:
    return rich(section(said("There is more than fits here.")))
