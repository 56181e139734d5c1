"""The runbook as one Markdown page, as GitHub shows it. Pure."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from responder.playbook.general import Escalation, General
from responder.playbook.model import Cause, Dashboard, Fix, Playbook, Step
from responder.playbook.runbook import Chapter, Runbook, anchor
from responder.render.runbook_words import (
    PASTE,
    SET_THEM_ONCE,
    exports,
    gain,
    how_to_tell,
    kind_words,
    remedy,
)

Lines = Iterator[str]

MADE_BY: Final = "<!-- Made of the playbooks by `responder runbook`; change those and make it again. -->"
_MARKUP: Final = re.compile(r"([\\`*\[\]<>|]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)|~~)")
_FIRST_ON_A_LINE: Final = re.compile(r"^(#|\+ |- |[0-9]+(?=[.)] ))")
_FENCE: Final = re.compile(r"`{3,}")


def runbook_markdown(runbook: Runbook) -> str:
    """The whole page. Headings of alerts are their names, so that `#` and a name in lower case lead there."""
    lines = [MADE_BY, "", f"# {plain(runbook.title)}", ""]
    if runbook.general:
        lines += [plain(runbook.general.intro), ""]
    lines += _contents(runbook)
    if Chapter.BEGIN in runbook.chapters:
        lines += _chapter(runbook, Chapter.BEGIN)
    for playbook in runbook.playbooks:
        lines += _alert(runbook, playbook)
    for chapter in runbook.chapters:
        lines += _chapter(runbook, chapter) if chapter is not Chapter.BEGIN else ()
    return "\n".join(lines).rstrip() + "\n"


def plain(text: str) -> str:
    """A text in which nothing is markup by chance; line breaks are spaces."""
    line = _MARKUP.sub(r"\\\1", " ".join(text.split()))
    return _FIRST_ON_A_LINE.sub(_escaped_beginning, line)


def _escaped_beginning(found: re.Match[str]) -> str:
    return f"{found[1]}\\" if found[1].isdigit() else f"\\{found[1]}"


def _contents(runbook: Runbook) -> Lines:
    rows = [
        (f"[{one.alert}](#{anchor(one.alert)})", one.severity.value, one.category, one.title)
        for one in runbook.playbooks
    ]
    yield from _table(("alert", "severity", "category", "what it is"), rows, linked=True)
    if runbook.chapters:
        yield "Besides: " + " · ".join(f"[{one.value}](#{one.anchor})" for one in runbook.chapters)
        yield ""


def _alert(runbook: Runbook, playbook: Playbook) -> Lines:
    yield f"## {playbook.alert}"
    yield ""
    yield f"**{plain(playbook.title)}** · {playbook.severity.value} · {plain(playbook.category)}"
    yield ""
    yield from _titled("Description", [plain(playbook.description)])
    yield from _titled("Impact", [plain(playbook.impact)])
    yield from _titled("Investigation", _investigation(playbook))
    yield from _titled("Root causes", _causes(playbook.causes))
    yield from _titled("Resolution", _resolution(playbook))
    yield from _titled("Prevention", [f"- [ ] {plain(text)}" for text in playbook.prevention])
    yield from _titled("Related alerts", [_related(runbook, playbook)])


def _titled(title: str, content: Iterable[str]) -> Lines:
    """A section, unless it is empty."""
    lines = list(content)
    if any(lines):
        yield from (f"### {title}", "", *lines)
        if lines[-1]:
            yield ""


def _investigation(playbook: Playbook) -> Lines:
    yield from _steps(playbook.investigation)
    yield from (f"- {plain(text)}" for text in playbook.manual_checks)
    if playbook.manual_checks:
        yield ""
    if playbook.links.dashboard:
        yield f"Dashboard: {_dashboard(playbook.links.dashboard)}."


def _dashboard(dashboard: Dashboard) -> str:
    return f"`{dashboard.uid}`" + (f", panel {dashboard.panel}" if dashboard.panel else "")


def _steps(steps: Sequence[Step]) -> Lines:
    for number, step in enumerate(steps, 1):
        beginning = f"{number}. "
        empty = f" No answer means: {plain(step.empty)}." if step.empty else ""
        yield f"{beginning}{plain(step.do)}{empty}"
        yield ""
        indent = " " * len(beginning)
        yield from (f"{indent}{line}".rstrip() for line in _pasted(step))


def _pasted(step: Step) -> Lines:
    if step.query:
        yield from fenced("promql", step.query)
    if step.run:
        yield from fenced("sh", step.run)


def fenced(language: str, code: str) -> Lines:
    """A block of code, whatever is in it."""
    longest = max((len(found) for found in _FENCE.findall(code)), default=2)
    fence = "`" * max(3, longest + 1)
    yield from (f"{fence}{language}", *code.splitlines(), fence, "")


def _causes(causes: Sequence[Cause]) -> Lines:
    rows = [(cause.title, cause.likelihood.value, cause.indicator, how_to_tell(cause)) for cause in causes]
    return _table(("cause", "likelihood", "indicator", "to be sure"), rows) if rows else iter(())


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], *, linked: bool = False) -> Lines:
    """A table; with `linked` its first cells are markup already."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for first, *others in rows:
        yield f"| {' | '.join([first if linked else plain(first), *map(plain, others)])} |"
    yield ""


def _resolution(playbook: Playbook) -> Lines:
    if playbook.fixes:
        yield from ("Quick fix:", "", *(f"- {_fix(playbook, fix)}" for fix in playbook.fixes), "")
    if playbook.long_term:
        yield from ("Long-term:", "", *(f"- {plain(text)}" for text in playbook.long_term), "")


def _fix(playbook: Playbook, fix: Fix) -> str:
    effect = f" Effect: {plain(gain(fix))}." if gain(fix) else ""
    return f"**{plain(fix.title)}** ({kind_words(fix)}): {plain(remedy(playbook, fix))}.{effect}"


def _related(runbook: Runbook, playbook: Playbook) -> str:
    named = [f"[{name}](#{anchor(name)})" if runbook.knows(name) else name for name in playbook.related]
    return ", ".join(named) or "None."


def _chapter(runbook: Runbook, chapter: Chapter) -> Lines:
    if runbook.general is None:
        return
    yield from (f"## {chapter.value}", "")
    yield from _CHAPTERS[chapter](runbook.general)


def _begin(general: General) -> Lines:
    yield from (SET_THEM_ONCE, "", *fenced("sh", "\n".join(exports(general))), PASTE, "")


def _tips(general: General) -> Lines:
    yield from (f"- {plain(text)}" for text in general.tips)
    yield ""


def _commands(general: General) -> Lines:
    return _steps(general.commands)


def _issues(general: General) -> Lines:
    rows = [(one.see, one.means, one.do) for one in general.issues]
    return _table(("what you see", "what it means", "what to do"), rows)


def _escalation(general: General) -> Lines:
    yield " → ".join(plain(one.to) for one in general.escalation)
    yield ""
    for number, one in enumerate(general.escalation, 1):
        yield from _escalated(number, one)


def _escalated(number: int, one: Escalation) -> Lines:
    beginning = f"{number}. "
    further = f" Go on when {plain(one.next_when)}." if one.next_when else ""
    yield f"{beginning}**{plain(one.to)}.** {plain(one.do)}{further}"
    yield ""
    if one.run:
        yield from (f"{' ' * len(beginning)}{line}".rstrip() for line in fenced("sh", one.run))


_CHAPTERS: Final[Mapping[Chapter, Callable[[General], Lines]]] = {
    Chapter.BEGIN: _begin,
    Chapter.TIPS: _tips,
    Chapter.COMMANDS: _commands,
    Chapter.ISSUES: _issues,
    Chapter.ESCALATION: _escalation,
}
