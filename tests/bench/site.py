"""A site on loopback: the real `responder serve`, Slack's stand-in and a Prometheus, each in a process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import yaml

from responder.domain.clock import system_clock
from responder.testing.free_port import free_port
from responder.testing.servers import prometheus
from responder.testing.slack.workspace import TOKEN
from tests.bench.history import write_history
from tests.bench.process import Watched, watched

CHANNEL: Final = "alerts"
NOWHERE: Final = "http://127.0.0.1:9"
"""An address where nobody listens: there is no Alertmanager, so nothing is compared."""
CALM: Final = 1_000_000
"""So many incidents are never opened: there is no storm."""
PROMETHEUS: Final = "global: {scrape_interval: 1m}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the responder is told about the world; `folder` keeps its database and its log."""

    folder: Path
    prometheus: str
    slack_port: int | None = None
    playbooks: Path | None = None
    storm: int | None = None
    """More incidents than so many are a storm; None: as many as by default."""
    database: str | None = None
    """Its URL; None: a SQLite file in the folder."""

    @property
    def url(self) -> str:
        """Where its database is."""
        return self.database or f"sqlite:///{self.sqlite}"

    @property
    def sqlite(self) -> Path:
        """That file."""
        return self.folder / "responder.db"


@asynccontextmanager
async def responder(site: Site) -> AsyncIterator[Watched]:
    """`responder serve`, ready."""
    port = free_port()
    config: dict[str, Any] = {
        "server": {"port": port},
        "database": {"url": site.url},
        "alertmanager": {"url": NOWHERE},
        "prometheus": {"url": site.prometheus},
    }
    if site.slack_port is not None:
        api = f"http://127.0.0.1:{site.slack_port}/api"
        config["slack"] = {"bot_token": TOKEN, "channel": CHANNEL, "api_url": api}
    if site.storm is not None:
        config["storm"] = {"incidents": site.storm}
    if site.playbooks is not None:
        config["playbooks"] = {"path": str(site.playbooks)}
    path = site.folder / "responder.yaml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    arguments = ["-m", "responder", "serve", "--config", str(path)]
    async with watched("responder", arguments, port, folder=site.folder) as process:
        yield process


@asynccontextmanager
async def slack(folder: Path, tempo: str = "off") -> AsyncIterator[int]:
    """The shipped stand-in for Slack, which by default keeps no rate limits; its port."""
    port = free_port()
    arguments = ["-m", "responder.testing.slack", "--port", str(port), "--channel", CHANNEL, "--tempo", tempo]
    async with watched("slack", arguments, port, folder=folder, ready="/_stand-in/state"):
        yield port


@asynccontextmanager
async def real_prometheus(folder: Path) -> AsyncIterator[str]:
    """A real Prometheus with two days of history that ended a minute ago; its address.

    It scrapes nothing. It looks back an hour instead of five minutes, so that a long bench still finds the
    end of the history.

    Raises:
        ToolMissing: there is none and none can be fetched.
    """
    history = write_history(folder / "history.om", system_clock() - timedelta(minutes=1))
    async with prometheus(PROMETHEUS, folder=folder, history=history, lookback_delta="1h") as server:
        yield server.url
