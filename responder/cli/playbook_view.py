"""A playbook for a terminal: what is asked, what speaks for and against a cause, what may be done. Pure."""

from collections.abc import Iterable, Iterator
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from responder.domain.units import quantity
from responder.playbook.diagnostic import Diagnostic
from responder.playbook.model import Cause, FieldTest, Fix, Playbook, QueryTest
from responder.playbook.ranking import PRIOR, STRENGTH
from responder.render.terminal import Headline

STYLES: Final = {"critical": "red", "warning": "yellow", "info": "blue"}
SIDES: Final = {"for": "green", "against": "red"}
INDENT: Final = (0, 0, 0, 2)
OWN_KEYS: Final = frozenset({"id", "kind", "title", "unit"})


def playbook_table(playbooks: Iterable[Playbook]) -> Table:
    """A row a playbook."""
    table = Table("ALERT", "SEVERITY", "ABOUT", "ASKS", "CAUSES", "FIXES", box=None)
    for playbook in playbooks:
        table.add_row(
            Text(playbook.alert),
            Text(playbook.severity, style=STYLES[playbook.severity]),
            Text(", ".join(playbook.variables) or "the whole system"),
            str(len(playbook.diagnostics)),
            str(len(playbook.causes)),
            Text(", ".join(fix.id for fix in playbook.fixes)),
        )
    return table


def playbook_view(playbook: Playbook) -> RenderableType:
    """All of it that decides; text of the file is never read as markup."""
    style = STYLES[playbook.severity]
    title = f"{playbook.alert}: {playbook.title} ({playbook.severity}, {playbook.category})"
    parts: list[RenderableType] = [Headline(Text(title, style=f"bold {style}"), style)]
    parts += [Text(playbook.description), Text(f"Impact: {playbook.impact}")]
    parts += _measure(playbook)
    parts += _section("Asked, all side by side", map(_diagnostic, playbook.diagnostics))
    parts += _section(
        "Causes, by the runbook's likelihood times the strongest evidence for, by the strongest against",
        (part for cause in playbook.causes for part in _cause(cause)),
    )
    parts += _section("Fixes", (_fix(fix, playbook) for fix in playbook.fixes))
    parts += _section("To be looked at by a person", map(_bullet, playbook.manual_checks))
    parts += _section("Related alerts", [Text(", ".join(playbook.related))] if playbook.related else [])
    return Group(*parts)


def _section(title: str, parts: Iterable[RenderableType]) -> Iterator[RenderableType]:
    inside = list(parts)
    if inside:
        yield Text(f"\n{title}", style="bold")
    yield from (Padding(part, INDENT) for part in inside)


def _measure(playbook: Playbook) -> Iterator[RenderableType]:
    measure = playbook.measure
    about = f" for each {', '.join(playbook.variables)}" if playbook.variables else ""
    yield Text(f"\nHow bad{about}", style="bold")
    yield Padding(_code(measure.query), INDENT)
    limit = quantity(measure.threshold, measure.unit)
    yield Padding(Text(f"bad {measure.direction} {limit}; its course over {measure.range}"), INDENT)


def _diagnostic(diagnostic: Diagnostic) -> RenderableType:
    unit = f", in {diagnostic.unit.replace('_', ' ')}" if diagnostic.unit else ""
    line = Text.assemble((diagnostic.id, "cyan"), f"  {diagnostic.title} ({diagnostic.kind}{unit})")
    own = diagnostic.model_dump(mode="json", exclude_defaults=True, exclude=set(OWN_KEYS))
    queries = diagnostic.queries()
    details: list[RenderableType] = [_code(query) for query in queries.values()]
    details += [
        Text(f"{key}: {_plain(value)}", style="dim") for key, value in own.items() if key not in queries
    ]
    return Group(line, *(Padding(detail, INDENT) for detail in details))


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _code(query: str) -> Text:
    return Text(query, style="dim", overflow="fold")


def _cause(cause: Cause) -> Iterator[RenderableType]:
    prior = f"{cause.likelihood}: {PRIOR[cause.likelihood]:g}"
    yield Text.assemble((cause.title, "bold"), (f" {cause.id}", "cyan"), f" ({prior})  {cause.indicator}")
    for side, tests in (("for", cause.for_), ("against", cause.against)):
        for test in tests:
            yield Padding(_test(side, test), INDENT)
    if not cause.tests:
        yield Padding(Text("nothing that can be measured tells it"), INDENT)
    if cause.check:
        yield Padding(Text(f"check by hand: {cause.check}"), INDENT)
    if cause.look:
        yield Padding(Text(f"look at: {cause.look}"), INDENT)


def _test(side: str, test: QueryTest | FieldTest) -> RenderableType:
    weight = f" {test.weight} {STRENGTH[test.weight]:g}"
    line = Text.assemble((side, SIDES[side]), f"{weight}: {test.says}")
    if isinstance(test, QueryTest):
        return Group(line, Padding(_code(test.query), INDENT))
    compared = f"{test.finding}.{test.field} {test.op.replace('_', ' ')} {_value(test)}"
    return Text.assemble(line, (f"  [{compared}]", "dim"))


def _value(test: FieldTest) -> str:
    values = test.value if isinstance(test.value, tuple) else (test.value,)
    words = (str(value).lower() if isinstance(value, bool) else f"{value}" for value in values)
    return ", ".join(words)


def _fix(fix: Fix, playbook: Playbook) -> RenderableType:
    titles = {cause.id: cause.title for cause in playbook.causes}
    cures = ", ".join(titles[cause] for cause in fix.answers)
    answers = f"answers: {cures}; else it buys time" if cures else "buys time, does not cure"
    head = Text.assemble((fix.title, "bold"), (f" {fix.id}", "cyan"), f" ({fix.kind})")
    lines = [Text(answers), *(Text(f"buys: {text}") for text in fix.buys)]
    return Group(head, *(Padding(line, INDENT) for line in lines))


def _bullet(text: str) -> Text:
    return Text(f"• {text}")
