"""What becomes of clicks: triggers, answer addresses, modals, and what only one person is shown."""

import itertools
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from responder.domain.clock import Clock
from responder.testing.slack.model import Block, SlackError
from responder.testing.slack.people import Directory
from responder.testing.slack.sockets import Sockets

SECRET: Final = "stand-in-signing-secret"  # noqa: S105 - the stand-in's own, known to everybody
TRIGGER_LASTS: Final = timedelta(seconds=3)
HOOK_LASTS: Final = timedelta(minutes=30)
HOOK_USES: Final = 5


@dataclass(frozen=True)
class Whisper:
    """Something that one person is shown, for as long as they look."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: tuple[Block, ...] = ()
    thread_ts: str | None = None
    by_slack: bool = False
    """It is Slack that says it, not the app."""


@dataclass
class Modal:
    """A modal that one person has open."""

    id: str
    user: str
    view: Mapping[str, Any]
    number: int
    errors: Mapping[str, str] = field(default_factory=dict)
    """What is wrong with its fields, by their blocks; with an empty name: with all of it."""
    given: Mapping[str, str] = field(default_factory=dict)
    """What was chosen or written in it when it was last sent off."""

    @property
    def hash(self) -> str:
        """Changes with every version of the view."""
        return f"{self.id}.{self.number}"


@dataclass
class Trigger:
    """Lets the app open one modal, soon after somebody did something."""

    user: str
    at: datetime


@dataclass
class Hook:
    """Lets the app answer one click."""

    user: str
    channel: str
    ts: str
    at: datetime
    uses: int = 0


@dataclass
class Interactive:
    """The state of everything that people do with the app.

    Args:
        request_url: where the app takes what people press; empty: buttons can't be pressed.
        signing_secret: what the app's requests are signed with.
        directory: who is there.
    """

    request_url: str = ""
    signing_secret: str = SECRET
    directory: Directory = field(default_factory=Directory)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    hooks: dict[str, Hook] = field(default_factory=dict)
    whispers: list[Whisper] = field(default_factory=list)
    sockets: Sockets = field(default_factory=Sockets)
    """The connections of an app in Socket Mode."""
    modals: dict[str, list[Modal]] = field(default_factory=dict)
    """Of each person, the one on top last."""
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def trigger(self, user: str, clock: Clock) -> str:
        """A new trigger for what somebody does now."""
        name = f"{next(self._numbers)}.{secrets.token_hex(8)}"
        self.triggers[name] = Trigger(user, clock())
        return name

    def hook(self, hook: Hook) -> str:
        """A new answer address: its last part."""
        name = secrets.token_urlsafe(16)
        self.hooks[name] = hook
        return name

    def opened(self, trigger_id: str, view: Mapping[str, Any], clock: Clock, *, push: bool = False) -> Modal:
        """Open a modal; refuses `expired_trigger_id`, `exchanged_trigger_id`, `invalid_trigger_id`."""
        trigger = self.triggers.pop(trigger_id, None)
        if trigger is None:
            raise SlackError("invalid_trigger_id" if "." not in trigger_id else "exchanged_trigger_id")
        if clock() - trigger.at > TRIGGER_LASTS:
            raise SlackError("expired_trigger_id")
        number = next(self._numbers)
        modal = Modal(f"V0{number:08d}", trigger.user, view, number)
        stack = self.modals.setdefault(trigger.user, [])
        if not push:
            stack.clear()
        stack.append(modal)
        return modal

    def updated(self, view_id: str, view: Mapping[str, Any], seen: str | None = None) -> Modal:
        """Replace a modal's view; refuses `not_found`, `hash_conflict`."""
        modal = self.modal(view_id)
        if seen and seen != modal.hash:
            raise SlackError("hash_conflict")
        modal.view, modal.number, modal.errors, modal.given = view, next(self._numbers), {}, {}
        return modal

    def modal(self, view_id: str) -> Modal:
        """An open modal by id; refuses `not_found`."""
        found = next((one for stack in self.modals.values() for one in stack if one.id == view_id), None)
        if found is None:
            raise SlackError("not_found")
        return found

    def top(self, user: str) -> Modal | None:
        """The modal a person sees."""
        stack = self.modals.get(user, [])
        return stack[-1] if stack else None

    def close(self, modal: Modal, *, everything: bool = False) -> None:
        """Take it away, or all of this person's."""
        stack = self.modals.get(modal.user, [])
        self.modals[modal.user] = [] if everything else [one for one in stack if one is not modal]

    def answering(self, name: str, clock: Clock) -> Hook:
        """Use an answer address; refuses `used_url`, `expired_url`, `invalid_url`."""
        hook = self.hooks.get(name)
        if hook is None:
            raise SlackError("invalid_url")
        if hook.uses >= HOOK_USES:
            raise SlackError("used_url")
        if clock() - hook.at > HOOK_LASTS:
            raise SlackError("expired_url")
        hook.uses += 1
        return hook

    @property
    def live(self) -> bool:
        """Whether the app takes in what people do."""
        return bool(self.request_url) or self.sockets.open

    def whispered(self, ts: str) -> Whisper:
        """What one person was shown, by its `ts`; refuses `message_not_found`."""
        found = next((one for one in self.whispers if one.ts == ts), None)
        if found is None:
            raise SlackError("message_not_found")
        return found

    def shown_to(self, user: str, channel: str) -> Sequence[Whisper]:
        """What only this person is shown in a channel."""
        return [one for one in self.whispers if (one.user, one.channel) == (user, channel)]
