"""What was used a day, asked of a real Prometheus by the shipped playbook: whole days, and no day made up."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from responder.clients.http import Http
from responder.clients.prometheus import Prometheus
from responder.diagnose.daily import used_daily
from responder.diagnose.registry import specs
from responder.playbook.fixes import Permanent
from responder.playbook.load import load
from responder.policy.permanent import WEEK, right_value
from responder.policy.target import Bounds
from responder.resources import resource_dir
from responder.testing.servers import prometheus

pytestmark = pytest.mark.scenario

DAY: Final = timedelta(days=1)
MIDNIGHT: Final = datetime(2026, 1, 10, tzinfo=UTC)
NOW: Final = MIDNIGHT + timedelta(hours=12)
USED: Final = (9000, 1800, 1900, 2000, 2050, 2100, 2150, 2170)
"""Of data-scientist, on the days before the last midnight; the first is older than a week."""
STEP: Final = timedelta(hours=1)


def history() -> str:
    """Eight days and a half by two models; devops-engineer began three days ago and did nothing since."""
    lines = ["# TYPE hypertool_persona_tokens_used counter"]
    for model, share in (("fast", 0.25), ("best", 0.75)):
        at, used = MIDNIGHT - len(USED) * DAY, 0.0
        while at <= NOW:
            lines.append(_line("data-scientist", model, used, at))
            day = (at - MIDNIGHT) // DAY + len(USED)
            used += share * (USED[day] if day < len(USED) else 50_000) / 24
            at += STEP
    idle = (MIDNIGHT - 3 * DAY + hour * STEP for hour in range(3 * 24))
    lines += (_line("devops-engineer", "fast", 700, at) for at in idle)
    return "\n".join([*lines, "# EOF\n"])


def _line(persona: str, model: str, used: float, at: datetime) -> str:
    labels = f'persona="{persona}",chatmode="bug-fix",model="{model}"'
    return f"hypertool_persona_tokens_used_total{{{labels}}} {used} {at.timestamp():.0f}"


@pytest.fixture
async def client(http: Http, tmp_path: Path) -> AsyncIterator[Prometheus]:
    (tmp_path / "history.txt").write_text(history())
    config = "global: {scrape_interval: 1m}\n"
    async with prometheus(
        config, folder=tmp_path, history=tmp_path / "history.txt", retention="10y"
    ) as server:
        yield Prometheus(http, server.url)


async def used(client: Prometheus, persona: str) -> tuple[float, ...]:
    fixes = load(resource_dir("playbooks"), specs())["TokenBudgetExceeded"].fixes
    declared = next(fix.permanent for fix in fixes if fix.permanent)
    assert isinstance(declared, Permanent)
    subject = (("persona", persona),)
    return await used_daily(client, declared.use, subject, day=DAY, days=WEEK, now=NOW, within=5)


async def test_the_use_of_each_of_the_seven_days_that_are_over(client: Prometheus) -> None:
    daily = await used(client, "data-scientist")
    assert daily == pytest.approx(USED[1:], rel=0.01)
    assert right_value(daily, 100, Bounds()) == 2600
    # A day without use is a measured 0; a day without a sample is none.
    assert await used(client, "devops-engineer") == (0, 0, 0)
    assert await used(client, "frontend-engineer") == ()
