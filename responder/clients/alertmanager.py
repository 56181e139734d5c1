"""Asks an Alertmanager by its API v2 (0.25 and later): alerts, silences, and posting alerts of our own."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import quote

from responder.clients.alertmanager_answers import (
    ALERTS,
    CREATED,
    GROUPS,
    SILENCE,
    SILENCES,
    STATUS,
    Group,
    Matcher,
    SilenceOrder,
    SilenceRecord,
    alert_of,
    group_of,
    silence_of,
)
from responder.clients.http import MIB, Answer, Http, for_people, segment
from responder.domain.alert import Alert

SYSTEM: Final = "Alertmanager"
LIMIT: Final = 64 * MIB
"""Bytes of an answer: as much as a webhook may carry."""


@dataclass(frozen=True, slots=True)
class Alertmanager:
    """One Alertmanager (of a cluster any one: its peers tell each other).

    Every method raises `Unreachable` (no answer, not in time, its fault) or `Refused`; `within` is
    in seconds.
    """

    http: Http
    url: str

    async def alerts(
        self,
        filters: Sequence[Matcher] = (),
        *,
        silenced: bool = True,
        inhibited: bool = True,
        within: float,
    ) -> tuple[Alert, ...]:
        """The alerts that haven't ended, with the fingerprints that the webhook has."""
        params = (
            *(("filter", str(matcher)) for matcher in filters),
            ("silenced", _flag(silenced)),
            ("inhibited", _flag(inhibited)),
        )
        answer = await self._send("GET", "/alerts", within, params=params)
        return tuple(alert_of(listed) for listed in answer.read(ALERTS))

    async def groups(self, filters: Sequence[Matcher] = (), *, within: float) -> tuple[Group, ...]:
        """The alerts as they are grouped for each receiver; read aside, for there may be thousands."""
        params = tuple(("filter", str(matcher)) for matcher in filters)
        answer = await self._send("GET", "/alerts/groups", within, params=params)
        return await asyncio.to_thread(_groups, answer)

    async def silences(self, filters: Sequence[Matcher] = (), *, within: float) -> tuple[SilenceRecord, ...]:
        """All silences it remembers, expired ones too."""
        params = tuple(("filter", str(matcher)) for matcher in filters)
        answer = await self._send("GET", "/silences", within, params=params)
        return tuple(silence_of(listed) for listed in answer.read(SILENCES))

    async def silence(self, silence: str, *, within: float) -> SilenceRecord:
        """One silence by its id."""
        answer = await self._send("GET", f"/silence/{segment(SYSTEM, silence)}", within)
        return silence_of(answer.read(SILENCE))

    async def create_silence(self, order: SilenceOrder, *, within: float) -> str:
        """Silence what matches; the id of the new silence. Has no idempotency: look before asking again."""
        answer = await self._send("POST", "/silences", within, body=order.as_json)
        return answer.read(CREATED).silenceID

    async def expire_silence(self, silence: str, *, within: float) -> None:
        """End a silence now."""
        await self._send("DELETE", f"/silence/{segment(SYSTEM, silence)}", within)

    async def post(self, alerts: Sequence[Alert], *, within: float) -> None:
        """Tell it of alerts, as Prometheus does; one with an end that has passed is resolved by it."""
        await self._send("POST", "/alerts", within, body=[_posted(alert) for alert in alerts])

    async def version(self, *, within: float) -> str:
        """Its version."""
        return (await self._send("GET", "/status", within)).read(STATUS).versionInfo.version

    async def configuration(self, *, within: float) -> str:
        """The configuration it runs on, as YAML; what is secret in it reads `<secret>`."""
        return (await self._send("GET", "/status", within)).read(STATUS).config.original

    def alerts_url(self, filters: Sequence[Matcher]) -> str:
        """Where a person sees the alerts that match."""
        wanted = "{" + ",".join(map(str, filters)) + "}"
        return f"{for_people(self.url).rstrip('/')}/#/alerts?filter={quote(wanted)}"

    async def _send(
        self,
        method: Literal["GET", "POST", "DELETE"],
        path: str,
        within: float,
        *,
        params: tuple[tuple[str, str], ...] = (),
        body: object = None,
    ) -> Answer:
        url = f"{self.url.rstrip('/')}/api/v2{path}"
        answer = await self.http.ask(
            SYSTEM, method, url, within=within, limit=LIMIT, params=params, json=body
        )
        return answer.checked()


def _groups(answer: Answer) -> tuple[Group, ...]:
    """Each is let go of as soon as it is converted: tens of thousands need not be in memory in both forms."""
    listed = answer.read(GROUPS)
    listed.reverse()
    return tuple(group_of(listed.pop()) for _ in range(len(listed)))


def _flag(wanted: bool) -> str:  # noqa: FBT001 - a value to be written, not a switch
    return "true" if wanted else "false"


def _posted(alert: Alert) -> dict[str, object]:
    posted: dict[str, object] = {
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "startsAt": alert.starts_at.isoformat(),
        "generatorURL": alert.generator_url,
    }
    return posted | ({"endsAt": alert.ends_at.isoformat()} if alert.ends_at else {})
