"""The manifest makes an app that can do what the code does: no scope too few, and none without a use."""

import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from responder.slackbot.commands import COMMAND, TYPED
from responder.slackbot.endpoint import PATH

ROOT: Final = Path(__file__).parents[3]
CLIENT: Final = ROOT / "responder" / "clients"
SCOPES: Final[dict[str, set[str]]] = {
    "auth.test": set(),
    "chat.getPermalink": set(),
    "chat.postEphemeral": {"chat:write"},
    "chat.postMessage": {"chat:write"},
    "chat.update": {"chat:write"},
    "chat.delete": {"chat:write"},
    "conversations.history": {"channels:history", "groups:history"},
    "conversations.replies": {"channels:history", "groups:history"},
    "conversations.list": {"channels:read", "groups:read"},
    "usergroups.users.list": {"usergroups:read"},
    "views.open": set(),
    "views.update": set(),
}
"""What Slack's documentation says each method needs of a bot."""
WITHOUT_A_METHOD: Final = {"commands"}


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    text = (ROOT / "slack" / "manifest.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def methods_used() -> set[str]:
    """The methods that our client calls, as Slack names them."""
    source = "\n".join(path.read_text(encoding="utf-8") for path in CLIENT.glob("slack*.py"))
    by_call = {name.replace(".", "_").lower(): name for name in SCOPES}
    used = {name.lower() for name in re.findall(r"_web\.((?:[a-z]+_)+[A-Za-z]+)\(", source)}
    assert used <= set(by_call), "add the scopes of a method that is new"
    return {by_call[name] for name in used}


def test_every_scope_that_is_needed_is_asked_for_and_no_other(manifest: dict[str, Any]) -> None:
    asked = set(manifest["oauth_config"]["scopes"]["bot"])
    needed = set().union(*(SCOPES[method] for method in methods_used())) | WITHOUT_A_METHOD
    assert asked == needed


def test_the_command_comes_escaped_to_where_we_listen(manifest: dict[str, Any]) -> None:
    (command,) = manifest["features"]["slash_commands"]
    assert command["command"] == COMMAND
    assert command["should_escape"] is True
    addresses = {command["url"], manifest["settings"]["interactivity"]["request_url"]}
    assert {address.removeprefix("https://responder.example.com") for address in addresses} == {PATH}
    words = re.findall(r"\b[a-z]+\b", command["usage_hint"])
    assert {"help", "status", "diagnose", "why"} <= set(words) & set(TYPED)


def test_texts_are_as_short_as_slack_takes_them(manifest: dict[str, Any]) -> None:
    (command,) = manifest["features"]["slash_commands"]
    assert len(manifest["display_information"]["name"]) <= 35
    assert len(manifest["display_information"]["description"]) <= 140
    assert len(command["description"]) <= 2000
    assert len(command["usage_hint"]) <= 1000


def test_the_docs_show_how_to_use_it_and_every_word() -> None:
    page = (ROOT / "docs" / "slack.md").read_text(encoding="utf-8")
    assert "slack/manifest.yaml" in page
    assert [verb for verb in TYPED if f"`{verb}" not in page] == []
