"""What the composition root makes of the configuration."""

from datetime import timedelta
from pathlib import Path

import pytest

from responder.app import configured, far_sides, load_playbooks
from responder.clients.http import Http
from responder.domain.fix import FixMode
from responder.engine.fixing.configured import limits_of
from responder.policy.gates import Limits
from responder.settings import load_settings
from responder.wiring import fix_parts


@pytest.mark.parametrize(
    ("mode", "shown"),
    [
        ("off", False),
        ("suggest", True),
        ("approve", True),
        ("auto", True),
    ],
)
def test_fixes_are_shown_unless_they_are_off(tmp_path: Path, mode: str, *, shown: bool) -> None:
    (tmp_path / "responder.yaml").write_text(f"fixes: {{mode: '{mode}'}}\n")
    playbooks = load_playbooks(load_settings(tmp_path / "responder.yaml"))
    assert all(bool(one.fixes) is shown for one in playbooks.values())


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        # the defaults: nothing is applied, and nobody may approve
        ("", Limits(approvers=False)),
        (
            "fixes: {mode: auto, auto: [a], limits: {in_force: 2, cooldown_minutes: 5}}",
            Limits(
                mode=FixMode.AUTO,
                auto=frozenset({"a"}),
                approvers=False,
                in_force=2,
                cooldown=timedelta(minutes=5),
            ),
        ),
        ("fixes: {limits: {ceilings: {budget: 9}}}", Limits(approvers=False, ceilings={"budget": 9})),
        # who may only read may not approve
        ("server: {tokens: [{name: x, token: y, may: read}]}", Limits(approvers=False)),
        ("server: {tokens: [{name: x, token: y, may: approve}]}", Limits()),
        ("server: {tokens: [{name: x, token: y, may: admin}]}", Limits()),
        ("slack: {bot_token: x, channel: C, approvers: [U1]}", Limits()),
        ("slack: {approvers: [U1]}", Limits(approvers=False)),  # Slack is off
    ],
)
def test_what_the_configuration_allows_is_what_the_gates_ask_by(
    tmp_path: Path, text: str, limits: Limits
) -> None:
    (tmp_path / "responder.yaml").write_text(text)
    assert limits_of(load_settings(tmp_path / "responder.yaml")) == limits


async def test_a_reload_changes_how_far_fixes_may_go(tmp_path: Path) -> None:
    """But not for how long a proposal stands, which waits for a restart and is named."""
    config = tmp_path / "responder.yaml"
    config.write_text(f"database: {{url: 'sqlite:///{tmp_path}/responder.db'}}")
    configuration = configured(lambda: load_settings(config))
    async with Http() as http:
        parts = fix_parts(configuration, far_sides(configuration.started_with, http), http)
    assert parts is not None
    assert not parts.proposes()
    limits = "{in_force: 1, approval_minutes: 5, ceilings: {budget: 9}}"
    config.write_text(f"{config.read_text()}\nfixes: {{mode: approve, limits: {limits}}}")
    loaded = await configuration.reload("a test")
    assert parts.proposes()
    assert (parts.limits().in_force, parts.limits().ceilings) == (1, {"budget": 9})
    assert loaded.waits_for_restart == ("fixes.limits.approval_minutes",)
