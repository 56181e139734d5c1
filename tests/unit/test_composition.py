"""What the composition root makes of the configuration."""

from pathlib import Path

import pytest

from responder.app import load_playbooks
from responder.settings import load_settings


@pytest.mark.parametrize(
    ("mode", "shown"),
    [
        ("off", False),
        ("suggest", True),
        ("approve", True),  # nothing applies a fix yet: they are shown as suggestions
        ("auto", True),
    ],
)
def test_fixes_are_shown_unless_they_are_off(tmp_path: Path, mode: str, *, shown: bool) -> None:
    (tmp_path / "responder.yaml").write_text(f"fixes: {{mode: '{mode}'}}\n")
    playbooks = load_playbooks(load_settings(tmp_path / "responder.yaml"))
    assert all(bool(one.fixes) is shown for one in playbooks.values())
