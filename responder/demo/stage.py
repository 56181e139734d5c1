"""Everything the demo needs, started on loopback and stopped again: no part knows that it is a demo.

reference Hypertool ─▶ Prometheus ─▶ Alertmanager ─▶ responder ─▶ stand-ins for Slack and PagerDuty
        └──────────▶ stand-in for Langfuse ◀────────────┘
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import yaml

from responder.demo.faster import LOOKBACK, RESEND, SCRAPE, TOKEN_FILE, Faster
from responder.demo.ports import Ports, free_ports
from responder.demo.processes import finished, running
from responder.demo.runbook import write_general
from responder.domain.fix import FixMode
from responder.testing.binaries import Tool, find
from responder.testing.langfuse import PUBLIC_KEY, SECRET_KEY
from responder.testing.pagerduty.account import EMAIL, ROUTING_KEY
from responder.testing.pagerduty.account import SECRET as PAGERDUTY_SECRET
from responder.testing.pagerduty.account import TOKEN as PAGERDUTY_TOKEN
from responder.testing.servers import Server, alertmanager, prometheus
from responder.testing.slack.interactive import SECRET as SIGNING_SECRET
from responder.testing.slack.people import PEOPLE
from responder.testing.slack.workspace import TOKEN as SLACK_TOKEN

CHANNEL: Final = "alerts"
APPROVER: Final = PEOPLE[0]
"""The one in the stand-in for Slack who may approve quick fixes, and whom its page takes one for."""
YOUR_TOKEN: Final = "your-control-token"  # noqa: S105 - a file's name
COOLDOWN: Final = "30m"
IN_FORCE: Final = 10
TOOLS: Final = (Tool.PROMETHEUS, Tool.PROMTOOL, Tool.ALERTMANAGER)
Say = Callable[[str], None]
"""Tells the audience what is going on, a line each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A running demo: addresses without a slash at the end."""

    folder: Path
    faster: Faster
    prometheus: str
    alertmanager: str
    responder: str
    slack: str
    pagerduty: str
    switches: str
    """The reference Hypertool's own switches: which scenario it plays."""
    supervisor: str
    control: str
    """The reference Hypertool's control API; the folder has `your-control-token` for it."""
    slack_token: str = SLACK_TOKEN
    config: Path = Path("responder.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """Which life the reference Hypertool leads: history and the running one must agree on it.

    `every_day`: the scenario that was played on each of the days before.
    """

    seed: int
    variant: str
    live_from: datetime
    every_day: str | None = None

    def arguments(self, faster: Faster, ports: Ports) -> list[str]:
        """As its process takes them."""
        return [
            *("--seed", str(self.seed), "--factor", str(faster.factor), "--variant", self.variant),
            *("--live-from", self.live_from.isoformat(), "--port", str(ports.metrics)),
            *(() if self.every_day is None else ("--every-day", self.every_day)),
        ]


@asynccontextmanager
async def stage(  # noqa: PLR0913 - what a stage may be told
    folder: Path, faster: Faster, life: Life, say: Say, *, usual_ports: bool = False, database: str = ""
) -> AsyncIterator[Stage]:
    """Start everything, with eight scaled days of history; stop everything when the block is left.

    `usual_ports`: listen where people expect it, as far as nobody else does.
    `database`: the URL of the responder's; an SQLite file in the folder by default.

    Raises:
        DemoFailed, ServerFailed, ToolMissing: a part did not start.
    """
    for tool in TOOLS:
        await asyncio.to_thread(find, tool, say=say)
    ports = free_ports(usual=usual_ports)
    token = secrets.token_hex(16)
    (folder / TOKEN_FILE).write_text(token)
    _write_control_tokens(folder)
    living = life.arguments(faster, ports)
    async with AsyncExitStack() as running_parts:
        enter = running_parts.enter_async_context
        say(f"writing eight days of history (seed {life.seed}) ...")
        await finished("history", _history(living, faster, folder), folder=folder)
        say("starting Hypertool and stand-ins for Slack, PagerDuty and Langfuse ...")
        slack, pages = await enter(_far_sides(ports, folder))
        supervisor = await enter(_hypertool(ports, living, folder))
        say("starting Alertmanager and Prometheus, with Hypertool's rules ...")
        webhook = f"http://127.0.0.1:{ports.responder}/webhooks/alertmanager"
        alerts = await enter(
            alertmanager(
                faster.alertmanager(webhook, f"{pages}/v2/enqueue", ROUTING_KEY),
                folder=folder,
                files={TOKEN_FILE: token},
                port=ports.alertmanager,
            )
        )
        metrics = await enter(_prometheus(ports, faster, folder, alerts.url))
        url = database or f"sqlite:///{folder / 'responder.db'}"
        config = _configured(folder, ports, faster, metrics.url, alerts.url, url)
        say("starting the responder ...")
        responder = await enter(_responder(ports, config, folder))
        yield Stage(
            folder=folder,
            faster=faster,
            prometheus=metrics.url,
            alertmanager=alerts.url,
            responder=responder,
            slack=slack,
            pagerduty=pages,
            switches=f"http://127.0.0.1:{ports.switches}",
            supervisor=supervisor,
            control=f"http://127.0.0.1:{ports.control}",
            config=config,
        )


def _write_control_tokens(folder: Path) -> None:
    """One for the responder and one for whoever watches, so that Hypertool can tell who changed what."""
    tokens = {"responder": secrets.token_hex(16), "you": secrets.token_hex(16)}
    (folder / "control-token").write_text(tokens["responder"])
    (folder / YOUR_TOKEN).write_text(tokens["you"])
    lines = "".join(f"{name} {token}\n" for name, token in tokens.items())
    (folder / "control-tokens").write_text(lines)


def _history(life: list[str], faster: Faster, folder: Path) -> list[str]:
    scrape = ["--scrape-interval", str(faster.seconds(SCRAPE))]
    return ["-m", "responder.demo.hypertool", "--history", str(folder / "history.om"), *scrape, *life]


@asynccontextmanager
async def _far_sides(ports: Ports, folder: Path) -> AsyncIterator[tuple[str, str]]:
    """The addresses of Slack and PagerDuty."""
    arguments = ["-m", "responder.demo.far_sides", "--channel", CHANNEL]
    arguments += ["--responder", f"http://127.0.0.1:{ports.responder}"]
    for name in ("slack", "pagerduty", "langfuse"):
        arguments += [f"--{name}-port", str(getattr(ports, name))]
    last = f"{_langfuse_url(ports)}/_stand-in/state"
    async with running("far-sides", arguments, folder=folder, ready=last):
        yield f"http://127.0.0.1:{ports.slack}", f"http://127.0.0.1:{ports.pagerduty}"


def _langfuse_url(ports: Ports) -> str:
    return f"http://127.0.0.1:{ports.langfuse}"


@asynccontextmanager
async def _hypertool(ports: Ports, life: list[str], folder: Path) -> AsyncIterator[str]:
    url = f"http://127.0.0.1:{ports.supervisor}"
    token = ["--control-token-file", str(folder / "control-tokens"), "--state-folder", str(folder / "state")]
    listens = ["--control-port", str(ports.control), "--admin-port", str(ports.switches)]
    listens += ["--langfuse", _langfuse_url(ports)]
    arguments = ["-m", "responder.demo.supervisor", "--port", str(ports.supervisor), *token]
    switches = f"http://127.0.0.1:{ports.switches}/demo/state"
    async with running("hypertool", [*arguments, "--", *life, *listens], folder=folder, ready=switches):
        yield url


@asynccontextmanager
async def _prometheus(ports: Ports, faster: Faster, folder: Path, alerts: str) -> AsyncIterator[Server]:
    address = alerts.removeprefix("http://")
    config = faster.prometheus(
        hypertool=f"127.0.0.1:{ports.metrics}",
        responder=f"127.0.0.1:{ports.responder}",
        alertmanager=address,
    )
    async with prometheus(
        config,
        folder=folder,
        files={"hypertool.rules.yml": faster.rules()},
        history=folder / "history.om",
        port=ports.prometheus,
        lookback_delta=faster.duration(LOOKBACK),
        flags=[f"--rules.alert.resend-delay={faster.duration(RESEND)}"],
    ) as server:
        yield server


def _configured(  # noqa: PLR0913, PLR0917 - what a configuration names
    folder: Path, ports: Ports, faster: Faster, metrics: str, alerts: str, database: str
) -> Path:
    """The responder's configuration, as a site would write it."""
    playbooks = folder / "playbooks"
    playbooks.mkdir()
    for name, text in faster.playbooks().items():
        (playbooks / name).write_text(text, encoding="utf-8")
    responder = f"http://127.0.0.1:{ports.responder}"
    variables = {"PROMETHEUS": metrics, "ALERTMANAGER": alerts, "RESPONDER_SERVER": responder}
    write_general(playbooks, faster, variables | _of_the_shell(folder, ports))
    config = {
        "server": {"port": ports.responder, "public_url": responder},
        "database": {"url": database},
        "alertmanager": {"url": alerts, "webhook_tokens_file": str(folder / TOKEN_FILE)},
        "prometheus": {"url": metrics},
        "hypertool": {
            "control_url": f"http://127.0.0.1:{ports.control}",
            "control_token_file": str(folder / "control-token"),
            "metrics_url": f"http://127.0.0.1:{ports.metrics}/metrics",
            "supervisor_url": f"http://127.0.0.1:{ports.supervisor}",
        },
        "langfuse": {
            "host": _langfuse_url(ports),
            "public_key": PUBLIC_KEY,
            "secret_key": SECRET_KEY,
        },
        "slack": {
            "bot_token": SLACK_TOKEN,
            "signing_secret": SIGNING_SECRET,
            "approvers": [APPROVER.id],
            "channel": CHANNEL,
            "api_url": f"http://127.0.0.1:{ports.slack}/api",
        },
        "pagerduty": {
            "api_token": PAGERDUTY_TOKEN,
            "from_email": EMAIL,
            "webhook_secrets": [PAGERDUTY_SECRET],
            "api_url": f"http://127.0.0.1:{ports.pagerduty}",
        },
        "playbooks": {"path": str(playbooks)},
        "fixes": {
            "mode": FixMode.APPROVE.value,
            "limits": {"in_force": IN_FORCE, "cooldown_minutes": faster.seconds(COOLDOWN) / 60},
        },
    }
    path = folder / "responder.yaml"
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    return path


def _of_the_shell(folder: Path, ports: Ports) -> dict[str, str]:
    """What whoever watches sets in a shell to try the runbook's commands."""
    return {
        "METRICS": f"http://127.0.0.1:{ports.metrics}",
        "METRICS_PORT": str(ports.metrics),
        "HYPERTOOL": f"http://127.0.0.1:{ports.control}",
        "SUPERVISOR": f"http://127.0.0.1:{ports.supervisor}",
        "TOKEN": f"$(cat {folder / YOUR_TOKEN})",
        "LANGFUSE_HOST": _langfuse_url(ports),
        "LANGFUSE_PUBLIC_KEY": PUBLIC_KEY,
        "LANGFUSE_SECRET_KEY": SECRET_KEY,
        "RESPONDER_TOKEN": "none-is-needed-here",
    }


@asynccontextmanager
async def _responder(ports: Ports, config: Path, folder: Path) -> AsyncIterator[str]:
    url = f"http://127.0.0.1:{ports.responder}"
    arguments = ["-m", "responder", "serve", "--config", str(config)]
    async with running("responder", arguments, folder=folder, ready=f"{url}/-/ready"):
        yield url
