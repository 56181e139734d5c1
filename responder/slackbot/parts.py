"""What the Slack side works with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from responder.domain.clock import Clock
from responder.engine.asking import Asking
from responder.engine.commands.keeping import Commands
from responder.engine.commands.known import Known
from responder.engine.fixing.people import People
from responder.playbook.model import Playbooks


class Slack(Protocol):
    """The workspace, as far as answering people needs it. Raises `AdapterError`."""

    async def team_id(self) -> str: ...

    async def whisper(self, channel: str, user: str, text: str, *, thread_ts: str | None = None) -> None: ...

    async def answer(self, url: str, said: Mapping[str, Any]) -> None: ...

    async def open_view(self, trigger_id: str, view: Mapping[str, Any]) -> None: ...

    async def members(self, group: str) -> frozenset[str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Commanding:
    """What answers people who ask.

    Args:
        commands: keeps what they ask.
        playbooks: those that are loaded now.
        known: which values labels have now.
    """

    commands: Commands
    playbooks: Callable[[], Playbooks]
    known: Known

    def variables(self) -> Mapping[str, Sequence[str]]:
        """The labels that each playbook asks by."""
        return {name: playbook.variables for name, playbook in self.playbooks().items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackParts:
    """Everything it needs.

    Args:
        slack: the workspace; None: no bot token is configured, and nothing is taken in.
        people: who decides about quick fixes; None: they are described only.
        incidents: hears what people ask of an incident.
        secret: the signing secret now.
        approvers: who may decide now: ids of users and of user groups.
        clock: what time it is.
        commanding: who answers slash commands; None: they are not known.
        app_token: for Socket Mode; without it everything comes by HTTP.
        api_url: where Slack's Web API is.
    """

    slack: Slack | None
    people: People | None
    incidents: Asking
    secret: Callable[[], str | None]
    approvers: Callable[[], Sequence[str]]
    clock: Clock
    commanding: Commanding | None = None
    app_token: str | None = None
    api_url: str = "https://slack.com/api"
