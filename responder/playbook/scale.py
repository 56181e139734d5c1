"""A playbook for a life that goes faster: the demo scales all durations by one factor."""

from fractions import Fraction
from typing import Annotated, Any, get_args, get_origin

from pydantic.fields import FieldInfo

from responder.domain.durations import scale_duration, scale_promql
from responder.playbook.diagnostic import IS_SPAN, Diagnostic
from responder.playbook.model import Cause, FieldTest, Fix, Op, Playbook, QueryTest, Step


def scaled(playbook: Playbook, factor: float | Fraction) -> Playbook:
    """The same playbook with every duration in its queries, spans and tests times the factor.

    Sentences stay as they are: "the day before" is the demo's day. So does the version, which is the file's.
    """
    measure = playbook.measure
    return playbook.model_copy(
        update={
            "measure": measure.model_copy(
                update={
                    "query": scale_promql(measure.query, factor),
                    "range": scale_duration(measure.range, factor),
                }
            ),
            "diagnostics": tuple(_diagnostic(one, factor) for one in playbook.diagnostics),
            "causes": tuple(_cause(cause, factor) for cause in playbook.causes),
            "fixes": tuple(_fix(fix, factor) for fix in playbook.fixes),
            "investigation": scaled_steps(playbook.investigation, factor),
        }
    )


def scaled_steps(steps: tuple[Step, ...], factor: float | Fraction) -> tuple[Step, ...]:
    """The same steps with every duration in their queries times the factor; commands stay as they are."""
    return tuple(
        step.model_copy(update={"query": scale_promql(step.query, factor)}) if step.query else step
        for step in steps
    )


def _diagnostic(diagnostic: Diagnostic, factor: float | Fraction) -> Diagnostic:
    update: dict[str, Any] = {key: scale_promql(query, factor) for key, query in diagnostic.queries().items()}
    for name, info in type(diagnostic).model_fields.items():
        value = getattr(diagnostic, name)
        if isinstance(value, str) and _is_span(info):
            update[name] = scale_duration(value, factor)
    return diagnostic.model_copy(update=update)


def _cause(cause: Cause, factor: float | Fraction) -> Cause:
    return cause.model_copy(
        update={
            "for_": tuple(_test(test, factor) for test in cause.for_),
            "against": tuple(_test(test, factor) for test in cause.against),
        }
    )


def _fix(fix: Fix, factor: float | Fraction) -> Fix:
    """How long it holds, when it is looked at, and what is asked; its sentences stay as they are."""
    check, waits, permanent = fix.check, fix.undo_waits, fix.permanent
    return fix.model_copy(
        update={
            "lasts": scale_duration(fix.lasts, factor),
            "precondition": _query(fix.precondition, factor),
            "check": check.model_copy(
                update={
                    "query": _query(check.query, factor),
                    "settle": scale_duration(check.settle, factor),
                    "deadline": scale_duration(check.deadline, factor),
                    "worse": _query(check.worse, factor),
                }
            ),
            "undo_waits": waits
            and waits.model_copy(
                update={
                    "at_most": scale_duration(waits.at_most, factor),
                    "while_": scale_promql(waits.while_, factor),
                }
            ),
            "permanent": permanent
            and permanent.model_copy(
                update={
                    "use": scale_promql(permanent.use, factor),
                    "day": scale_duration(permanent.day, factor),
                }
            ),
        }
    )


def _query(query: str | None, factor: float | Fraction) -> str | None:
    return None if query is None else scale_promql(query, factor)


def _test(test: QueryTest | FieldTest, factor: float | Fraction) -> QueryTest | FieldTest:
    if isinstance(test, QueryTest):
        return test.model_copy(update={"query": scale_promql(test.query, factor)})
    if test.op is Op.CHANGED_WITHIN:
        return test.model_copy(update={"value": scale_duration(str(test.value), factor)})
    return test


def _is_span(info: FieldInfo) -> bool:
    """Whether a key of a kind is a length of time, by its type: `Span` or `Span | None`."""
    return IS_SPAN in info.metadata or _mentions_span(info.annotation)


def _mentions_span(annotation: object) -> bool:
    if get_origin(annotation) is Annotated:
        return IS_SPAN in get_args(annotation)[1:]
    return any(map(_mentions_span, get_args(annotation)))
