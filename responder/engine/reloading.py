"""The configuration in use: read whole, checked whole, swapped at once; a mistake changes nothing.

What may change while the server runs are the playbooks, the tokens, and how far fixes may go. All else is as
it was at the start; a reload names what else differs by now and waits for a restart.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import BaseModel

from responder import metrics
from responder.domain.clock import Clock
from responder.domain.errors import ConfigError, Problem
from responder.log import Action, get_logger
from responder.playbook.general import General
from responder.playbook.model import Playbooks
from responder.settings import Settings

AT_RUN_TIME: Final = (
    "playbooks.path",
    "server.tokens",
    "alertmanager.webhook_tokens",
    "fixes.mode",
    "fixes.auto",
    "fixes.limits.in_force",
    "fixes.limits.cooldown_minutes",
    "fixes.limits.ceilings",
    "slack.approvers",
    "pagerduty.webhook_secrets",
)
"""Settings that a reload puts into force; for a secret its `…_file` as well."""
LOGGED: Final = 20
"""So many mistakes go to the log; the answer has all."""

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class InUse:
    """One loaded set; whoever has it may go on with it when there is a newer one."""

    settings: Settings
    playbooks: Playbooks
    loaded_at: datetime
    general: General | None = None
    """What the runbook says besides its alerts."""
    waits_for_restart: tuple[str, ...] = ()
    """Settings whose new values are not in force."""


def _no_general(_: Settings) -> None:
    """A site without one."""


class Configuration:
    """Holds the set in use and makes the next.

    Args:
        read_settings: reads file and environment; raises `ConfigError`.
        load_playbooks: loads the playbooks of these settings; raises `ConfigError`.
        clock: what time it is.
        load_general: loads the general part of their runbook, if there is one; raises `ConfigError`.

    Raises:
        ConfigError: with every mistake: there is nothing to start with.
    """

    def __init__(
        self,
        read_settings: Callable[[], Settings],
        load_playbooks: Callable[[Settings], Playbooks],
        clock: Clock,
        load_general: Callable[[Settings], General | None] = _no_general,
    ) -> None:
        self._read_settings = read_settings
        self._load_playbooks = load_playbooks
        self._clock = clock
        self._load_general = load_general
        self._one_at_a_time = asyncio.Lock()
        self.started_with: Final = read_settings()
        playbooks = load_playbooks(self.started_with)
        general = load_general(self.started_with)
        self.in_use = InUse(
            settings=self.started_with, playbooks=playbooks, loaded_at=clock(), general=general
        )
        self._count_success()

    def playbooks(self) -> Playbooks:
        """The playbooks in use, by alert name."""
        return self.in_use.playbooks

    async def reload(self, by: str) -> InUse:
        """Load everything anew and put it into force; `by` is who asked, for the log.

        Raises:
            ConfigError: with every mistake; what was in use still is.
        """
        async with self._one_at_a_time:
            try:
                self.in_use = await asyncio.to_thread(self._loaded)
            except ConfigError as error:
                self._count_failure(by, error.problems)
                raise
        self._count_success()
        log.info(
            Action.RELOADED,
            by=by,
            playbooks=len(self.in_use.playbooks),
            waits_for_restart=list(self.in_use.waits_for_restart),
        )
        return self.in_use

    def _count_success(self) -> None:
        metrics.RELOAD_SUCCESSFUL.set(1)
        metrics.RELOAD_SUCCESS_TIME.set(self.in_use.loaded_at.timestamp())

    def _count_failure(self, by: str, problems: Sequence[Problem]) -> None:
        metrics.RELOAD_SUCCESSFUL.set(0)
        said = [str(problem) for problem in problems[:LOGGED]]
        since = self.in_use.loaded_at.isoformat()
        log.error(Action.RELOAD_FAILED, by=by, mistakes=len(problems), said=said, in_use_since=since)

    def _loaded(self) -> InUse:
        """The new set. Settings that can't be read don't hide the mistakes in the playbooks."""
        problems: list[Problem] = []
        settings, playbooks, general = self.in_use.settings, self.in_use.playbooks, self.in_use.general
        try:
            settings = self._read_settings()
            problems += exposed(self.started_with, settings)
        except ConfigError as error:
            problems += error.problems
        try:
            playbooks = self._load_playbooks(settings)
        except ConfigError as error:
            problems += error.problems
        try:
            general = self._load_general(settings)
        except ConfigError as error:
            problems += error.problems
        if problems:
            raise ConfigError(problems)
        waiting = tuple(changed(self.started_with, settings))
        return InUse(
            settings=settings,
            playbooks=playbooks,
            loaded_at=self._clock(),
            general=general,
            waits_for_restart=waiting,
        )


def exposed(started_with: Settings, settings: Settings) -> Iterator[Problem]:
    """The settings are checked for the address they name; the server still listens on the one it has."""
    closed = not (started_with.server.loopback or started_with.alertmanager.open_to_all)
    if closed and not settings.alertmanager.webhook_tokens:
        message = (
            f"the server listens on {started_with.server.host}, which other machines can reach: without a "
            "token everybody could send; restart it to listen elsewhere"
        )
        yield Problem("configuration", 0, "alertmanager.webhook_tokens", message)


def changed(before: BaseModel, after: BaseModel, prefix: str = "") -> Iterator[str]:
    """The keys whose values differ, but for those that a reload puts into force."""
    for name in type(before).model_fields:
        key, old, new = prefix + name, getattr(before, name), getattr(after, name)
        if key.removesuffix("_file") in AT_RUN_TIME:
            continue
        if isinstance(old, BaseModel) and isinstance(new, BaseModel):
            yield from changed(old, new, f"{key}.")
        elif old != new:
            yield key
