"""A fix's target: a label's value stays one segment of a path, whatever is in it."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.domain.fix import FixKind
from responder.playbook.model import Fix, Playbooks
from responder.playbook.targets import BadTarget, filled, target_of

BUDGET = "personas/${persona}/budget"
STAGE = "workflows/${workflow}/stages/${stage}/gate"
SOUND = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1).filter(
    lambda text: not set(text) & set("/\\") and text not in {".", ".."}
)


def fix(action: str | None, target: str | None = None, kind: FixKind = FixKind.ONE_SHOT) -> Fix:
    return Fix(id="a-fix", title="A fix", kind=kind, action=action, target=target)


@given(st.text(), st.text())
def test_a_value_is_one_segment_or_refused(workflow: str, stage: str) -> None:
    """Nothing that an alert says leads to another resource."""
    try:
        path = filled(STAGE, {"workflow": workflow, "stage": stage})
    except BadTarget:
        return
    assert path.split("/") == ["workflows", workflow, "stages", stage, "gate"]
    assert path.isprintable()


@given(SOUND)
def test_whatever_can_be_a_name_is_taken_as_it_is(persona: str) -> None:
    """A variable inside a value, a space, a percent sign are nothing special."""
    assert filled(BUDGET, {"persona": persona}) == f"personas/{persona}/budget"


@pytest.mark.parametrize(
    "value",
    [
        "",
        ".",
        "..",
        "../gate",
        "a/b",
        "a\\b",
        "/etc",
        "a\nb",
        "a\0b",
        "\x7f",
        "a\u202eb",  # turns the direction of what is read
    ],
)
def test_what_would_lead_elsewhere_is_refused(value: str) -> None:
    with pytest.raises(BadTarget):
        filled(BUDGET, {"persona": value})


def test_a_label_that_is_missing_is_said() -> None:
    with pytest.raises(BadTarget, match='no label "persona"'):
        filled(BUDGET, {"workflow": "bug-fix"})


@pytest.mark.parametrize(
    ("declared", "target"),
    [
        (fix("control", BUDGET, FixKind.LEASE), "personas/a b/budget"),
        (fix("restart"), "process"),
        (fix("reconnect"), "langfuse"),
        (fix("silence"), '{alertname="A", persona="a b", team="\\"x\\""}'),
        (fix(None), '{alertname="A", persona="a b", team="\\"x\\""}'),  # a person does it to the alert
    ],
)
def test_a_target_is_a_path_the_one_there_is_or_the_alert_itself(declared: Fix, target: str) -> None:
    assert target_of(declared, "A", {"team": '"x"', "persona": "a b"}) == target


def test_every_fix_that_we_ship_has_an_action_and_a_target(shipped: Playbooks) -> None:
    for playbook in shipped.values():
        labels = dict.fromkeys(playbook.variables, string.ascii_lowercase)
        for declared in playbook.fixes:
            assert declared.action, (playbook.alert, declared.id)
            assert target_of(declared, playbook.alert, labels)
