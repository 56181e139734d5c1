"""A playbook: what to ask, what it may mean and what may be done about one alert name.

The words are the runbook's: a cause with its likelihood and indicator, a fix, a check by hand. The shape is
strict: what isn't known here is a mistake in the file.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Discriminator, Field, SerializeAsAny, StringConstraints, Tag, model_validator

from responder.domain.alert import Severity
from responder.domain.fix import FixKind
from responder.domain.report import Direction, Likelihood, Weight
from responder.domain.units import Unit, quantity
from responder.playbook.actions import ACTIONS
from responder.playbook.diagnostic import Diagnostic, Line, Query, ResourcePath, Slug, Span, Strict
from responder.playbook.fixes import Check, Permanent, Setting, UndoWaits
from responder.yamldoc import KeyPath

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
AlertName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=100)]
LabelName = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]*$", max_length=60)]
Lines = Annotated[tuple[Line, ...], Field(max_length=20)]


class Measure(Strict):
    """The one query for how bad it is. It is asked at this moment, and over `range` for its trend."""

    query: Query
    """PromQL that uses all variables and keeps them as labels; without variables it is about the whole."""
    unit: Unit
    """What its value counts."""
    threshold: float
    """The rule's threshold, in the measure's unit."""
    direction: Direction
    """On which side of the threshold it is bad."""
    at_threshold: Literal["good", "bad"] = "good"
    """What exactly the threshold is: a budget of which 0 is left has not recovered."""
    range: Span = "1h"
    """How far back it is asked for its trend."""
    buckets: tuple[float, ...] = ()
    """The bounds of the histogram that the value is a quantile of: it is known only between two of them."""
    when_yes: Line = "yes"
    """What 1 is called if the unit is yes_no."""
    when_no: Line = "no"
    """What 0 is called if the unit is yes_no."""

    def beyond(self, value: float) -> float:
        """How far a value is past the threshold on the bad side, in its unit; negative before it."""
        return value - self.threshold if self.direction is Direction.ABOVE else self.threshold - value

    def bad(self, value: float) -> bool:
        """Whether a value is where it should not be."""
        beyond = self.beyond(value)
        return beyond >= 0 if self.at_threshold == "bad" else beyond > 0

    def words(self, value: float) -> str:
        """The value as people read it: 7 min; of a histogram "between 5 and 10 min" or "10 min or more"."""
        if self.unit is Unit.YES_NO:
            return self.when_yes if value else self.when_no
        if not self.buckets:
            return quantity(value, self.unit)
        above = [bound for bound in self.buckets if bound >= value]
        below = [bound for bound in self.buckets if bound < value]
        if not above or value >= self.buckets[-1]:
            return f"{quantity(self.buckets[-1], self.unit)} or more"
        if not below:
            return f"at most {quantity(above[0], self.unit)}"
        return f"between {_span_words(below[-1], above[0], self.unit)}"


def _span_words(lowest: float, highest: float, unit: Unit) -> str:
    """Two values with the unit said once if it is the same: 5 and 10 min."""
    first, second = quantity(lowest, unit), quantity(highest, unit)
    shared = first.partition(" ")[2] == second.partition(" ")[2]
    return f"{first.partition(' ')[0] if shared else first} and {second}"


class Op(StrEnum):
    """How a test compares a field with its value."""

    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"
    BETWEEN = "between"
    """The value is a list of two numbers; both belong to what lies between."""
    IN = "in"
    NOT_IN = "not_in"
    CONTAINS = "contains"
    """The field's text has the value in it, in whatever case."""
    CHANGED_WITHIN = "changed_within"
    """The field, in seconds since the epoch, lies within the value (a span such as 2h) before now."""


Plain = str | bool | int | float


class QueryTest(Strict):
    """A test by PromQL with `bool`: it answers 1, 0 or nothing, which is "not measured"."""

    says: Line
    """What a yes says, as people read it."""
    weight: Weight
    """How much a yes says: strong counts 8, moderate 3, weak 1.5."""
    query: Query
    """PromQL that answers 1 (yes) or 0 (no), by a comparison with bool, and keeps the variables it uses."""


class FieldTest(Strict):
    """A test by comparing a field of a diagnostic's rows: a yes if any row of the alert says so."""

    says: Line
    """What a yes says, as people read it."""
    weight: Weight
    """How much a yes says: strong counts 8, moderate 3, weak 1.5."""
    finding: Slug
    """The diagnostic whose answer is compared."""
    field: Slug
    """Which field of its rows; for PromQL it is value."""
    op: Op
    """How the field is compared with the value."""
    value: Plain | tuple[Plain, ...]
    """What it is compared with; a list where the comparison takes one."""

    @model_validator(mode="after")
    def _value_fits_op(self) -> Self:
        values = self.value if isinstance(self.value, tuple) else (self.value,)
        if isinstance(self.value, tuple) is not (self.op in _LISTS):
            raise ValueError(f"{self.op} takes {'a list' if self.op in _LISTS else 'one value'}")
        if self.op is Op.BETWEEN and len(values) != len(("lowest", "highest")):
            raise ValueError("between takes two numbers, the lowest and the highest")
        if self.op in _NUMERIC and any(isinstance(value, (bool, str)) for value in values):
            raise ValueError(f"{self.op} compares numbers")
        if self.op in _TEXTS and not isinstance(self.value, str):
            raise ValueError(f"{self.op} takes a text")
        if self.op is Op.CHANGED_WITHIN and not SPAN.fullmatch(str(self.value)):
            raise ValueError("changed_within takes a span of time, such as 2h")
        return self


_NUMERIC: Final = frozenset({Op.LT, Op.LE, Op.GT, Op.GE, Op.BETWEEN})
_LISTS: Final = frozenset({Op.BETWEEN, Op.IN, Op.NOT_IN})
_TEXTS: Final = frozenset({Op.CONTAINS, Op.CHANGED_WITHIN})
SPAN: Final = re.compile(r"([0-9]+(ms|[smhdw]))+")


def _which_test(data: object) -> str | None:
    if isinstance(data, QueryTest | FieldTest):  # one that is written out again
        return "asks" if isinstance(data, QueryTest) else "compares"
    keys = data if isinstance(data, Mapping) else ()
    asks, compares = "query" in keys, "finding" in keys
    return None if asks is compares else "asks" if asks else "compares"


Test = Annotated[
    Annotated[QueryTest, Tag("asks")] | Annotated[FieldTest, Tag("compares")],
    Discriminator(
        _which_test,
        custom_error_type="which_test",
        custom_error_message="a test has either a query, or a finding with field, op and value",
    ),
]


class Cause(Strict):
    """A row of the runbook's table: how often it is the one, and what speaks for and against it."""

    id: Slug
    """Its name for fixes, tests and links; never rename it."""
    title: Line
    """As people read it."""
    likelihood: Likelihood
    """How often it is the one, before anything is measured: high counts 4, medium 2, low 1."""
    indicator: Line
    """What speaks for it, in words: a cell of the runbook's table."""
    for_: tuple[Test, ...] = Field((), alias="for")
    """Tests whose yes speaks for it; only the strongest yes counts."""
    against: tuple[Test, ...] = ()
    """Tests whose yes speaks against it; only the strongest yes counts."""
    check: Text | None = None
    """What a person must look at where nothing can be measured, or to be sure."""
    look: Line | None = None
    """Where to look."""

    @property
    def tests(self) -> tuple[QueryTest | FieldTest, ...]:
        return (*self.for_, *self.against)


class Fix(Strict):
    """A quick fix. It cures the causes it answers; for any other it only buys time."""

    id: Slug
    """Its name for actions and links; never rename it."""
    title: Line
    """What is done, as people read it on a button."""
    kind: FixKind
    """Whether it sets a value for a time, or is done once."""
    answers: tuple[Slug, ...] = ()
    """The causes it cures; on any other it is shown as buying time."""
    buys: Lines = ()
    """What it gains at the present rate: the first whose placeholders are measured."""
    action: Annotated[Slug, Field(json_schema_extra={"enum": list(ACTIONS)})] | None = None
    """What does it; without an action a person does what the title says."""
    target: ResourcePath | None = None
    """The knob that a lease sets, in which ${variable} may be a segment."""
    set_: Setting | None = Field(None, alias="set")
    """How the value that a lease sets is computed."""
    lasts: Span = "1h"
    """How long a lease, or a silence, holds."""
    precondition: Query | None = None
    """PromQL with bool that must answer 1, or the fix is refused."""
    check: Check = Check()
    """How it is seen that it works."""
    undo_waits: UndoWaits | None = None
    """When undoing a lease has to wait."""
    permanent: Permanent | None = None
    """How the right value is found where a lease has to raise it again and again."""

    @property
    def queries(self) -> Mapping[KeyPath, str]:
        """The PromQL in it, by where it stands."""
        use: dict[KeyPath, str] = {("permanent", "use"): self.permanent.use} if self.permanent else {}
        return {**self.tests, **use}

    @property
    def tests(self) -> Mapping[KeyPath, str]:
        """Those of its queries that answer 1 or 0."""
        waits = self.undo_waits.while_ if self.undo_waits else None
        asked: dict[KeyPath, str | None] = {
            ("precondition",): self.precondition,
            ("check", "query"): self.check.query,
            ("check", "worse"): self.check.worse,
            ("undo_waits", "while"): waits,
        }
        return {path: query for path, query in asked.items() if query is not None}


class Step(Strict):
    """A step of the investigation by hand, with what can be pasted."""

    do: Line
    """What to do or to look at."""
    query: Query | None = None
    """PromQL, as a person asks Prometheus: without variables, with values to be replaced."""
    run: Text | None = None
    """A command for a shell."""
    empty: Line | None = None
    """What it means if the answer has nothing in it; only where that can be."""

    @model_validator(mode="after")
    def _one_thing_to_paste(self) -> Self:
        if self.query and self.run:
            raise ValueError("a step has either a query for Prometheus or a command to run: make it two")
        if self.empty and not (self.query or self.run):
            raise ValueError("empty says what no answer means: it needs a query, or a command to run")
        return self


class Dashboard(Strict):
    """Where Grafana shows it."""

    uid: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$", max_length=40)]
    """The dashboard's uid in Grafana."""
    panel: Annotated[int, Field(ge=1)] | None = None
    """The panel's id; none shows the whole dashboard."""
    variables: tuple[LabelName, ...] = ()
    """The alert's labels that the dashboard has variables for."""


class Links(Strict):
    """Places to look besides the queries themselves."""

    dashboard: Dashboard | None = None
    """The dashboard that shows it."""
    langfuse: bool = False
    """Langfuse's traces, filtered by persona where the alert has one."""


class PlaybookHead(Strict):
    """All of a playbook but its diagnostics, whose keys depend on their kind."""

    alert: AlertName
    """The alert's name, as its rule has it."""
    title: Line
    """The alert's name as people say it."""
    severity: Severity
    """How grave it is; the rule says the same."""
    category: Line
    """What it is about (cost, quality, …); the rule says the same."""
    variables: tuple[LabelName, ...] = ()
    """The labels by which its alerts are told apart, in the order in which they are shown."""
    description: Text
    """What has happened, for the runbook."""
    impact: Text
    """What it means for those who use Hypertool."""
    headline: Annotated[Lines, Field(min_length=1)]
    """Candidates for what and how bad: the first whose placeholders are all measured."""
    if_you_do_nothing: Lines = ()
    """Sentences; one with a placeholder that isn't measured is left out."""
    measure: Measure
    """How bad it is: the one query that is asked again and again."""
    investigation: Annotated[tuple[Step, ...], Field(max_length=20)] = ()
    """What a person does by hand, step by step, for the runbook."""
    causes: Annotated[tuple[Cause, ...], Field(max_length=20)] = ()
    """What it may be, each with what tells it."""
    fixes: Annotated[tuple[Fix, ...], Field(max_length=10)] = ()
    """What may be done at once."""
    manual_checks: Lines = ()
    """What a person looks at in any case, for nothing measures it."""
    long_term: Lines = ()
    """What cures it for good, for the runbook."""
    prevention: Lines = ()
    """What keeps it from coming, a checklist for the runbook."""
    related: tuple[AlertName, ...] = ()
    """Alerts that often come with it."""
    grows_from: tuple[AlertName, ...] = ()
    """Alerts that it often grows out of: one of theirs with the same variables, open or closed within the
    hour before, is linked with it, both ways."""
    links: Links = Links()
    """Where people look further."""


class Playbook(PlaybookHead):
    """The whole YAML file for one alert name."""

    diagnostics: tuple[SerializeAsAny[Diagnostic], ...] = ()
    version: str
    """Digest of the file's text."""

    @property
    def evidence_queries(self) -> tuple[str, ...]:
        """The queries of all tests, each once, in the file's order."""
        tests = (test for cause in self.causes for test in cause.tests)
        return tuple(dict.fromkeys(test.query for test in tests if isinstance(test, QueryTest)))

    def subject(self, labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """What an answer about an alert with these labels is about; a label it lacks is an empty value."""
        return tuple((name, labels.get(name, "")) for name in self.variables)


Playbooks = Mapping[str, Playbook]
"""By alert name."""


def whole(head: PlaybookHead, diagnostics: tuple[Diagnostic, ...], version: str) -> Playbook:
    """Put a playbook together of parts that are checked already."""
    parts: dict[str, Any] = {name: getattr(head, name) for name in PlaybookHead.model_fields}
    return Playbook(**parts, diagnostics=diagnostics, version=version)


def change_of(diagnostic: Diagnostic) -> str:
    """What a row of its answer means as something that changed; empty for most diagnostics."""
    text = getattr(diagnostic, "change", None)  # a key that only some kinds have
    return text if isinstance(text, str) else ""
