"""One investigation asks each question once, and not too many at a time."""

import asyncio
from datetime import datetime

import pytest

from responder.clients.prometheus_answers import Course, Sample, Samples, Target
from responder.diagnose.once import IN_FLIGHT, Once


class Gated:
    """A Prometheus that answers when it is let; counts what it is asked at one time."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.asked: list[str] = []
        self.now = self.most = 0

    async def query(self, query: str, *, at: datetime | None = None, within: float) -> Samples:
        self.asked.append(query)
        self.now += 1
        self.most = max(self.most, self.now)
        await self.gate.wait()
        self.now -= 1
        return Samples(samples=(Sample(labels={"q": query}, value=1, at=0),))

    async def query_range(
        self, query: str, *, start: datetime, end: datetime, step: float, within: float
    ) -> Course:
        return Course(series=())

    async def targets(self, job: str, *, within: float) -> tuple[Target, ...]:
        return ()

    def graph_url(self, query: str, span: str = "1h") -> str:
        return query


async def idle() -> None:
    """Lets every task that can go on go on."""
    for _ in range(100):
        await asyncio.sleep(0)


async def test_only_so_many_questions_wait_at_one_time() -> None:
    prometheus = Gated()
    once = Once(prometheus)
    asked = [asyncio.create_task(once.query(f"q{number}", within=5)) for number in range(30)]
    await idle()
    assert len(prometheus.asked) == IN_FLIGHT
    prometheus.gate.set()
    answers = await asyncio.gather(*asked)
    assert [answer.samples[0].labels["q"] for answer in answers] == [f"q{number}" for number in range(30)]
    assert prometheus.most == IN_FLIGHT


async def test_who_gives_up_waiting_leaves_the_answer_to_the_others() -> None:
    prometheus = Gated()
    once = Once(prometheus)
    impatient, patient = (asyncio.create_task(once.query("q", within=5)) for _ in range(2))
    await idle()
    impatient.cancel()
    await idle()
    prometheus.gate.set()
    assert (await patient).samples[0].value == 1
    assert prometheus.asked == ["q"]
    with pytest.raises(asyncio.CancelledError):
        await impatient


async def test_closing_ends_what_is_still_being_asked() -> None:
    once = Once(Gated())
    waiting = asyncio.create_task(once.query("q", within=5))
    await idle()
    await once.aclose()
    with pytest.raises(asyncio.CancelledError):
        await waiting
