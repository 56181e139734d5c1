"""What the demo looks at while a scenario plays: each part by its own API, as a person would."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from responder.demo.scenario import Scenario
from responder.demo.stage import APPROVER, CHANNEL, YOUR_TOKEN, Stage
from responder.domain.incident import IncidentState
from responder.domain.report import AlertReport, Report, Verdict
from responder.playbook.codec import report_from_json
from responder.render.buttons import OTHER
from responder.slackbot.modal import CHOICE


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply in a message's thread."""

    part: str
    """Which of the incident's posts it is: "detail/1", "reply/7"."""
    text: str
    broadcast: bool


@dataclass(frozen=True, slots=True)
class Told:
    """What stands in Slack about one incident."""

    text: str
    """The lock screen's text as it is now."""
    posts: int
    """Messages in the channel about it."""
    replies: tuple[Reply, ...]


@dataclass(frozen=True, slots=True)
class Watch:
    """Asks the parts of a stage."""

    stage: Stage
    http: httpx.AsyncClient

    async def play(self, scenario: str | None) -> None:
        """Let the reference Hypertool play this scenario; None: an ordinary day."""
        await self._post(f"{self.stage.switches}/demo/scenario", {"name": scenario})

    async def start_hypertool(self) -> None:
        """Start Hypertool again, if it is gone."""
        await self._post(f"{self.stage.supervisor}/demo/start", {})

    async def scraped(self) -> bool:
        """Whether Prometheus gets Hypertool's metrics."""
        found = await self._get(f"{self.stage.prometheus}/api/v1/query", query='up{job="hypertool"} == 1')
        return bool(found["data"]["result"])

    async def alerts(self) -> Mapping[str, str]:
        """The names of alerts that Prometheus holds, with their state: pending or firing."""
        found = await self._get(f"{self.stage.prometheus}/api/v1/alerts")
        states: dict[str, str] = {}
        for alert in found["data"]["alerts"]:
            name = alert["labels"]["alertname"]
            states[name] = "firing" if "firing" in (alert["state"], states.get(name)) else alert["state"]
        return states

    async def incident(self, alert: str) -> dict[str, Any] | None:
        """The open incident of this alert name, a new one or one that came back, with all its detail."""
        found = await self.open_incidents(alert=alert)
        return await self.detail(found[0]) if found else None

    async def open_incidents(self, **query: str) -> Sequence[str]:
        """The incidents that are open, the newest first."""
        found = await self._get(
            f"{self.stage.responder}/api/v1/incidents", status=IncidentState.OPEN, **query
        )
        return [one["id"] for one in found["incidents"]]

    async def detail(self, incident: str) -> dict[str, Any]:
        """One incident as the API shows it."""
        found: dict[str, Any] = await self._get(f"{self.stage.responder}/api/v1/incidents/{incident}")
        return found

    async def told(self, incident: str) -> Told | None:
        """What Slack shows about an incident; None before it was told."""
        messages = (await self._channel())["messages"]
        ours = [one for one in messages if _key(one).startswith(f"{incident}/")]
        if not ours:
            return None
        replies = (Reply(_part(one), one["text"], one["broadcast"]) for one in ours[0]["replies"])
        return Told(ours[0]["text"], len(ours), tuple(replies))

    async def fixes(self, incident: str) -> Sequence[Mapping[str, Any]]:
        """Its quick fixes, the newest first."""
        found = await self._get(f"{self.stage.responder}/api/v1/fixes", incident=incident, limit="200")
        return list(found["fixes"])

    async def fix(self, fix: str) -> Mapping[str, Any]:
        """One quick fix as the API shows it."""
        found: dict[str, Any] = await self._get(f"{self.stage.responder}/api/v1/fixes/{fix}")
        return found

    async def knob(self, resource: str) -> object:
        """Where a knob of Hypertool stands."""
        token = (self.stage.folder / YOUR_TOKEN).read_text().strip()
        url = f"{self.stage.control}/control/v1/{resource}"
        answer = await self.http.get(url, headers={"Authorization": f"Bearer {token}"})
        return answer.raise_for_status().json()["value"]

    async def press(self, incident: str, action: str, fix: Mapping[str, Any]) -> bool:
        """Press a button of the incident's message as the one who may; false where there is none like it."""
        return await self._press(incident, action, fix["id"])

    async def choose(self, incident: str, fix: Mapping[str, Any]) -> bool:
        """Approve it by the form, which has those that the message has no room for; false without a form."""
        if not await self._press(incident, OTHER, incident):
            return False
        *_, form = (await self._get(f"{self.stage.slack}/_stand-in/state"))["modals"]
        chosen = {CHOICE: json.dumps({"fix": fix["id"], "digest": fix["digest"]})}
        await self._post(f"{self.stage.slack}/_stand-in/submit", {"view": form["id"], "values": chosen})
        return True

    async def paused(self) -> bool:
        """Whether the responder has paused all quick fixes."""
        found = await self._get(f"{self.stage.responder}/api/v1/fixes")
        return bool(found["breaker"]["paused"])

    async def command(self, text: str) -> None:
        """Write a slash command into the channel as the one who may."""
        said = {"channel": (await self._channel())["id"], "text": text, "user": APPROVER.id}
        await self._post(f"{self.stage.slack}/_stand-in/command", said)

    async def _channel(self) -> Mapping[str, Any]:
        """Where alerts are told, as the stand-in for Slack holds it."""
        state = await self._get(f"{self.stage.slack}/_stand-in/state")
        found: Mapping[str, Any] = next(one for one in state["channels"] if one["name"] == CHANNEL)
        return found

    async def _press(self, incident: str, action: str, about: str) -> bool:
        channel = await self._channel()
        message = next((one for one in channel["messages"] if _key(one).startswith(f"{incident}/")), None)
        value = _button(message, action, about) if message else None
        if message is None or value is None:
            return False
        pressed = {"action_id": action, "value": value}
        where = {"channel": channel["id"], "ts": message["ts"], "user": APPROVER.id}
        answer = await self.http.post(f"{self.stage.slack}/_stand-in/press", json=where | pressed)
        if answer.status_code == httpx.codes.NOT_FOUND:  # The message was edited meanwhile.
            return False
        answer.raise_for_status()
        return True

    async def _get(self, url: str, **query: str) -> Any:  # noqa: ANN401 - JSON
        return (await self.http.get(url, params=query)).raise_for_status().json()

    async def _post(self, url: str, body: Mapping[str, object]) -> None:
        (await self.http.post(url, json=body)).raise_for_status()


def _key(message: Mapping[str, Any]) -> str:
    metadata = message.get("metadata") or {}
    return str(metadata.get("event_payload", {}).get("key", ""))


def _part(message: Mapping[str, Any]) -> str:
    return _key(message).partition("/")[2]


def _button(message: Mapping[str, Any], action: str, about: str) -> str | None:
    """The value of the button that does this to a fix, or for an incident."""
    rows = (block["elements"] for block in message["blocks"] if block["type"] == "actions")
    values = (one["value"] for row in rows for one in row if one["action_id"] == action)
    return next((value for value in values if about in value), None)


def doubled(told: Told) -> list[str]:
    """What stands in Slack twice."""
    wrong = [f"{told.posts} messages about one incident"] if told.posts != 1 else []
    parts = [reply.part for reply in told.replies]
    return wrong + [
        f"{part} stands twice in the thread" for part in sorted(set(parts)) if parts.count(part) > 1
    ]


def report_of(incident: Mapping[str, Any]) -> Report | None:
    """The report of an incident as the API shows it, once it is complete and of the newest revision."""
    if not incident["report"]:
        return None
    report = report_from_json(json.dumps(incident["report"]))
    return report if report.complete and report.revision == incident["revision"] else None


def explained(scenario: Scenario, incident: Mapping[str, Any], report: Report) -> list[str]:
    """What is wrong with a report of this scenario: an alert is missing, or its true cause is not first."""
    held = {alert["fingerprint"]: alert["labels"] for alert in incident["alerts"]}
    wrong = []
    for labels in scenario.labels:
        found = [one for one in report.alerts if labels.items() <= held.get(one.fingerprint, {}).items()]
        name = ", ".join(labels.values()) or scenario.alert
        if not found:
            wrong.append(f"{name}: the report says nothing about it")
        wrong += [f"{name}: {why}" for one in found if (why := misjudged(scenario, one))]
    return wrong


def misjudged(scenario: Scenario, alert: AlertReport) -> str:
    """Why the ranking of one alert is not right for this scenario; empty if it is."""
    leaders = tuple(cause.cause for cause in alert.ranking.leaders)
    if alert.ranking.verdict not in (Verdict.CLEAR, Verdict.TIED):
        return f"the evidence said nothing ({alert.ranking.verdict})"
    if not set(scenario.causes) <= set(leaders):
        return f"{' or '.join(leaders)} came first instead of {' and '.join(scenario.causes)}"
    return ""
