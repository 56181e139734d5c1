"""What is true of a playbook beyond itself: its queries, its rule, and all that it names exist and agree."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from responder.diagnose.alerts import AlertsSpec
from responder.diagnose.promql import PromqlSpec
from responder.domain.lint import LintRule
from responder.knowledge.alert_rules import Rule
from responder.knowledge.lint import possible
from responder.knowledge.lint.measures import Recorded, essence, first_comparison, of_measure
from responder.knowledge.lint.pointed import Dashboards, Pointed
from responder.knowledge.lint.query import Asked, Use, problems_of_query
from responder.knowledge.lint.said import Facts
from responder.knowledge.lint.splitting import problems_of_splitting
from responder.knowledge.lint.tree import shown
from responder.playbook.model import FieldTest, Playbook
from responder.playbook.promql import PromqlError
from responder.playbook.rules import Found, queries_of, tests_of
from responder.yamldoc import KeyPath, did_you_mean


@dataclass(frozen=True, slots=True)
class Around:
    """What is around the playbooks: what they may name, and must agree with."""

    alerts: AbstractSet[str]
    """Alerts that exist: with a playbook, or with a rule."""
    rules: Mapping[str, Rule] | None = None
    """Alerting rules by name; None: there are none to agree with."""
    recorded: Recorded = field(default_factory=dict)
    dashboards: Dashboards = field(default_factory=dict)
    facts: Facts = field(default_factory=Facts)


def problems_of_playbook(playbook: Playbook, around: Around) -> Iterator[Found]:
    """Every mistake that the playbook alone doesn't show."""
    yield from _queries(playbook, around.facts)
    yield from _measure(playbook, around.facts)
    yield from _comparisons(playbook, around.facts)
    for path, name in _alerts_named(playbook):
        if name not in around.alerts:
            hint = did_you_mean(name, around.alerts)
            yield Found(path, f'there is no alert "{name}"{hint}', LintRule.UNKNOWN_ALERT)
    if around.dashboards:
        yield from _dashboard(playbook, around.dashboards)
    if around.rules is not None:
        yield from _rule(playbook, around.rules, around)


def _queries(playbook: Playbook, facts: Facts) -> Iterator[Found]:
    for path, query in queries_of(playbook):
        use = Use.EVIDENCE if path[0] in {"causes", "fixes"} else Use.ANSWER
        for said in problems_of_query(Asked(query, use), facts):
            yield Found(path, said.message, said.rule)
        for said in problems_of_splitting(query, facts):
            yield Found(path, said.message, said.rule)


def _measure(playbook: Playbook, facts: Facts) -> Iterator[Found]:
    try:
        expression = Asked(playbook.measure.query).expression()
    except PromqlError:
        return  # said already
    for said in possible.beyond(playbook.measure, expression, facts):
        yield Found(("measure", "threshold"), said.message, said.rule)


def _comparisons(playbook: Playbook, facts: Facts) -> Iterator[Found]:
    """Tests on the answers of queries."""
    asked = {one.id: one.query for one in playbook.diagnostics if isinstance(one, PromqlSpec)}
    for path, test in tests_of(playbook):
        if (
            not isinstance(test, FieldTest)
            or test.finding not in asked
            or test.field not in PromqlSpec.FIELDS
        ):
            continue
        try:
            expression = Asked(asked[test.finding]).expression()
        except PromqlError:
            continue  # said already
        for said in possible.compares(test, expression, facts):
            yield Found((*path, "value"), said.message, said.rule)


def _alerts_named(playbook: Playbook) -> Iterator[tuple[KeyPath, str]]:
    for index, name in enumerate(playbook.related):
        yield ("related", index), name
    for index, name in enumerate(playbook.grows_from):
        yield ("grows_from", index), name
    for index, diagnostic in enumerate(playbook.diagnostics):
        if isinstance(diagnostic, AlertsSpec):
            for number, name in enumerate(diagnostic.names):
                yield ("diagnostics", index, "names", number), name


def _dashboard(playbook: Playbook, dashboards: Dashboards) -> Iterator[Found]:
    link = playbook.links.dashboard
    if link is None:
        return
    at: dict[LintRule, KeyPath] = {
        LintRule.UNKNOWN_DASHBOARD: ("links", "dashboard", "uid"),
        LintRule.UNKNOWN_PANEL: ("links", "dashboard", "panel"),
        LintRule.UNKNOWN_VARIABLE: ("links", "dashboard", "variables"),
    }
    for rule, message in Pointed(link.uid, link.panel, link.variables).problems(dashboards):
        yield Found(at[rule], message, rule)


def _rule(playbook: Playbook, rules: Mapping[str, Rule], around: Around) -> Iterator[Found]:
    """A playbook says of its alert what the rule says."""
    rule = rules.get(playbook.alert)
    if rule is None:
        message = f'there is no rule for "{playbook.alert}"{did_you_mean(playbook.alert, rules)}'
        yield Found(("alert",), message, LintRule.PLAYBOOK_WITHOUT_ALERT)
        return
    yield from _words(playbook, rule)
    apart = list(_labels(playbook, rule, around.facts))
    yield from apart
    if not apart:  # else they can't measure the same
        yield from _compared(playbook, rule, around.recorded)


def _words(playbook: Playbook, rule: Rule) -> Iterator[Found]:
    said = (
        ("severity", playbook.severity.value, LintRule.SEVERITY_DIFFERS),
        ("category", playbook.category, LintRule.CATEGORY_DIFFERS),
    )
    for key, word, broken in said:
        if rule.labels.get(key, word) != word:
            yield Found((key,), f'the rule says "{rule.labels[key]}", not "{word}"', broken)


def _labels(playbook: Playbook, rule: Rule, facts: Facts) -> Iterator[Found]:
    keeps = rule.keeps(facts.catalogue)
    for index, name in enumerate(playbook.variables):
        if name not in keeps:
            message = f'the rule\'s alerts have no label "{name}"'
            yield Found(("variables", index), message, LintRule.LABELS_DIFFER)
    if keeps.all_but:
        return
    constant = {"instance", "job", *rule.labels}
    for name in sorted(keeps.names - constant - set(playbook.variables)):
        message = f'the rule\'s alerts are told apart by "{name}" as well: add it'
        yield Found(("variables",), message, LintRule.LABELS_DIFFER)


def _compared(playbook: Playbook, rule: Rule, recorded: Recorded) -> Iterator[Found]:
    """The measure is what the rule compares, against the same threshold, in whatever unit."""
    compared = first_comparison(rule.expression) if rule.expression else None
    if compared is None:
        return
    measure = playbook.measure
    try:
        ours = of_measure(measure.query, recorded)
    except PromqlError:
        return  # said already
    theirs = essence(compared.measured, recorded)
    if ours.text != theirs.text:
        message = f"the rule measures something else: {shown(compared.measured)}"
        yield Found(("measure", "query"), message, LintRule.MEASURE_DIFFERS)
        return
    threshold = compared.threshold * ours.factor / theirs.factor
    if compared.direction and (threshold, compared.direction) != (measure.threshold, measure.direction):
        message = f"the rule's threshold is {compared.direction} {threshold:g}"
        yield Found(("measure", "threshold"), message, LintRule.THRESHOLD_DIFFERS)
