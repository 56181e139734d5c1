"""The kind `langfuse`: calls to models by persona, workflow and stage, now and before, as Langfuse has them.

What a call is about stands where the site's traces say it: see `responder.clients.langfuse_marks`.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from responder.clients.langfuse import Langfuse, Window
from responder.clients.langfuse_answers import Call, Calls
from responder.diagnose.calls import FIELDS, compared, dearest
from responder.diagnose.clients import Clients, configured
from responder.diagnose.kind import Question, finding
from responder.diagnose.rows import about, limited, parts
from responder.domain.report import Finding, Link, Row, Subject
from responder.domain.units import number
from responder.playbook.diagnostic import Diagnostic, Span, seconds
from responder.playbook.promql import PLACEHOLDER

Asked = Annotated[str, StringConstraints(pattern=r"^(\$\{[a-z_][a-z0-9_]*\}|[^$\s]{1,200})$")]
"""`${variable}`: that of each alert; anything else: this one."""
MarkName = Literal["persona", "workflow", "stage"]
MARKS: Final[tuple[MarkName, ...]] = ("persona", "workflow", "stage")
LINKS: Final = 10
"""Dearest calls of one finding, whatever the number of alerts."""
NAME_LONGEST: Final = 60
SETTINGS: Final = "langfuse.host, langfuse.public_key and langfuse.secret_key"

Place = tuple[Subject, tuple[tuple[str, str], ...]]
"""Whom a row is about, and its own labels."""


class LangfuseSpec(Diagnostic):
    """The calls of the last `window` beside those of as long a time `before`; `by` splits them further.

    Shares are of 1, factors are now against before; `prompt_changed` is: a version of a managed prompt is in
    use that was not. `dearest` calls of each alert are linked to.
    """

    FIELDS: ClassVar[frozenset[str]] = FIELDS

    kind: Literal["langfuse"]
    persona: Asked | None = None
    """Whose calls: a text, or ${variable}."""
    workflow: Asked | None = None
    """Calls of this workflow: a text, or ${variable}."""
    stage: Asked | None = None
    """Calls of this stage: a text, or ${variable}."""
    window: Span = "30m"
    """The calls of so long until now are looked at."""
    before: Span = "1d"
    """How long before the window ends the calls lie that they are compared with."""
    by: Annotated[tuple[MarkName, ...], Field(max_length=3)] = ()
    """What the calls are split by further: a row for each."""
    limit: Annotated[int, Field(ge=1, le=100)] = 10
    """Rows a subject."""
    dearest: Annotated[int, Field(ge=0, le=10)] = 3
    """So many of the dearest calls of each alert are linked to."""

    @model_validator(mode="after")
    def _is_about_something(self) -> Self:
        if not self.asked:
            raise ValueError("say which calls: by persona, workflow or stage")
        return self

    @property
    def asked(self) -> Mapping[str, str]:
        """What was given of the marks."""
        given = {name: getattr(self, name) for name in MARKS}
        return {name: value for name, value in given.items() if value is not None}

    def variables(self) -> frozenset[str]:
        return frozenset(found for value in self.asked.values() for found in PLACEHOLDER.findall(value))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which calls a question is about: marks that must have one value, and those that alerts differ by."""

    fixed: Mapping[str, str]
    varying: Mapping[str, str]
    """The alerts' labels by the marks that have them."""
    by: tuple[str, ...]
    subjects: tuple[Subject, ...]
    known: frozenset[Subject]

    @classmethod
    def of(cls, spec: LangfuseSpec, question: Question) -> "Wanted":
        variables = {name: PLACEHOLDER.fullmatch(value) for name, value in spec.asked.items()}
        varying = {name: found[1] for name, found in variables.items() if found}
        fixed = {name: value for name, value in spec.asked.items() if name not in varying}
        about_all = parts(question.subjects, varying.values()) if varying else ()
        # Calls without a mark are nobody's, not those of an alert without the label.
        subjects = tuple(subject for subject in about_all if all(value for _, value in subject))
        return cls(fixed, varying, spec.by, subjects, frozenset(subjects))

    @property
    def only(self) -> Mapping[str, str]:
        """The marks that have the same value in all that is wanted."""
        values = {
            name: {dict(subject)[label] for subject in self.subjects} for name, label in self.varying.items()
        }
        return {
            **self.fixed,
            **{name: one for name, found in values.items() for one in found if len(found) == 1},
        }

    @property
    def marks(self) -> frozenset[str]:
        return frozenset({*self.fixed, *self.varying, *self.by})

    def place(self, call: Call) -> Place | None:
        """Where a call belongs; None: it is somebody else's."""
        if any(call.labels.get(name) != value for name, value in self.fixed.items()):
            return None
        labels = {label: call.labels.get(name, "") for name, label in self.varying.items()}
        names = tuple(name for name, _ in self.subjects[0]) if self.subjects else ()
        found = about(labels, names, self.known)
        return (found[0], tuple((name, call.labels.get(name, "")) for name in self.by)) if found else None


@dataclass(slots=True)
class LangfuseKind:
    """One set of requests for all alerts; diagnostics that need the same calls share them."""

    spec: ClassVar = LangfuseSpec

    langfuse: Langfuse | None
    _asked: dict[tuple[object, ...], Calls] = field(default_factory=dict)
    _turns: dict[tuple[object, ...], asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    @classmethod
    def build(cls, clients: Clients) -> Self:
        return cls(clients.langfuse)

    async def ask(self, spec: LangfuseSpec, question: Question) -> Finding:
        langfuse = configured(self.langfuse, "Langfuse", SETTINGS)
        wanted = Wanted.of(spec, question)
        if wanted.varying and not wanted.subjects:
            labels = " and ".join(wanted.varying.values())
            return finding(spec, (), detail=f"no alert has the label {labels}")
        window = Window(question.now - timedelta(seconds=seconds(spec.window)), question.now)
        earlier = window.earlier(timedelta(seconds=seconds(spec.before)))
        now, before = await asyncio.gather(
            self._calls(langfuse, window, wanted, question.within),
            self._calls(langfuse, earlier, wanted, question.within),
        )
        ours, theirs = _by_place(now, wanted), _by_place(before, wanted)
        rows = [
            Row(subject=subject, labels=_shown(labels), values=compared(calls, theirs[subject, labels]))
            for (subject, labels), calls in sorted(ours.items(), key=lambda item: -_tokens(item[1]))
        ]
        kept, cut = limited(rows, wanted.subjects, spec.limit)
        return finding(
            spec,
            kept,
            left_out=cut,
            warnings=tuple(_warnings(now, before)),
            detail="" if kept else _nothing(now, wanted, langfuse, spec.window),
            query=langfuse.question(window, wanted.only),
            links=tuple(_links(langfuse, ours, wanted, spec.dearest))[:LINKS],
        )

    async def _calls(self, langfuse: Langfuse, window: Window, wanted: Wanted, within: float) -> Calls:
        """The calls, asked for once; who waits for another's answer that doesn't come asks again."""
        key = window, tuple(sorted(wanted.only.items())), wanted.marks
        async with self._turns[key]:
            if key not in self._asked:
                self._asked[key] = await langfuse.calls(window, wanted.only, wanted.marks, within=within)
        return self._asked[key]


def _by_place(found: Calls, wanted: Wanted) -> Mapping[Place, list[Call]]:
    places: dict[Place, list[Call]] = defaultdict(list)
    for call in found.calls:
        if place := wanted.place(call):
            places[place].append(call)
    return places


def _tokens(calls: Sequence[Call]) -> float:
    return sum(call.tokens for call in calls)


def _shown(labels: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    return {name: value for name, value in labels if value}


def _warnings(now: Calls, before: Calls) -> Iterator[str]:
    """What is missing, each once."""
    for calls, when in ((now, "now"), (before, "before")):
        if not calls.complete:
            yield f"only the newest {len(calls.calls)} calls of {when} were read"
    yield from dict.fromkeys((*now.warnings, *before.warnings))


def _nothing(found: Calls, wanted: Wanted, langfuse: Langfuse, window: str) -> str:
    """Why there is no row, in words: no calls at all, none that says whose it is, or only others'."""
    if not found.calls:
        return f"no calls in the last {window}"
    unmarked = [name for name in sorted(wanted.marks) if not any(name in call.labels for call in found.calls)]
    if unmarked:
        return f"no call says its {unmarked[0]} (langfuse.{unmarked[0]} is {langfuse.marks[unmarked[0]]})"
    return f"none of the calls in the last {window} is about it"


def _links(
    langfuse: Langfuse, found: Mapping[Place, list[Call]], wanted: Wanted, most: int
) -> Iterator[Link]:
    """The dearest calls of each alert in the alerts' order."""
    by_subject: dict[Subject, list[Call]] = defaultdict(list)
    for (subject, _), calls in found.items():
        by_subject[subject] += calls
    for subject in wanted.subjects or tuple(by_subject):
        for call in dearest(by_subject.get(subject, ()), most):
            if url := langfuse.call_url(call):
                yield Link(title=_title(call), url=url)


def _title(call: Call) -> str:
    """Which call and how dear: backend-engineer implementation, 02:58 UTC: 6200 in, 310 out, $0.14."""
    who = [call.labels[name][:NAME_LONGEST] for name in ("persona", "stage") if name in call.labels]
    spent = [f"{number(call.tokens_in or 0)} in, {number(call.tokens_out or 0)} out"]
    spent += [f"${call.cost:.2g}"] if call.cost else []
    return f"{' '.join(who) or call.name[:NAME_LONGEST]}, {call.at:%H:%M} UTC: {', '.join(spent)}"


KIND: Final = LangfuseKind
