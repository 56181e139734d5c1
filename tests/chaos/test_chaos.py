"""kill -9 at random moments under load, while all far sides and the database go wrong at random.

A seed makes the plan: what goes wrong with which request, when a replica dies, what is sent to whom. What
the machine makes of it differs from run to run; what must hold afterwards does not.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

import pytest

from responder.domain.clock import instant, system_clock
from responder.domain.fix import FixState, Happened
from responder.domain.incident import BROADCAST
from responder.notify.pagerduty_marks import mark_of
from responder.storage.database import Database
from responder.storage.tables import leases

PATIENCE: Final = 120.0
LOOK: Final = 0.2
MINUTE: Final = 60.0
PAUSE: Final = (0.0, 0.4)
"""Seconds between two notifications."""
LIFE: Final = (0.2, 2.5)
"""Seconds from the start of a replica, or the death of one, to the next death."""
AGAIN: Final = 0.3
"""The share of notifications that another Alertmanager sends as well."""
ENDED: Final = 0.3
"""The share of alerts that end."""
HEARD: Final = 0
"""The number of the alert that ends after people were told of it, while all goes wrong."""
LAST: Final = 1
"""The number of the one that ends last, when all is well again: that must be heard in every run."""
BUDGET: Final = 2000
MOST_LISTED: Final = 200
ONCE: Final = (Happened.APPROVED, Happened.INTENDED, Happened.APPLIED, Happened.UNDONE)


async def sends(site: Any, number: int, accepted: dict[int, set[str]]) -> None:
    """Send one alert, maybe twice, and maybe its end."""
    chance = site.chance(number)
    again, ends = chance.random() < AGAIN, chance.random() < ENDED
    body = site.alerts.notification(number)
    accepted[number] = set(await site.sent(body, chance))
    if number == HEARD:
        await is_posted(site, accepted[number])
    if again:
        accepted[number] |= set(await site.sent(body, chance))
    if (ends or number == HEARD) and number != LAST:
        accepted[number] |= set(await site.sent(site.alerts.notification(number, ended=True), chance))


async def is_posted(site: Any, incidents: set[str]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not incidents <= set(site.messages()):  # noqa: ASYNC110 - it happens in another process
            await asyncio.sleep(LOOK)


async def loads(site: Any, notifications: int, accepted: dict[int, set[str]]) -> None:
    chance = site.chance("load")
    async with asyncio.TaskGroup() as group:
        for number in range(notifications):
            group.create_task(sends(site, number, accepted))
            await asyncio.sleep(chance.uniform(*PAUSE))


async def approves(site: Any, decided: set[str], enough: asyncio.Event) -> None:
    """A person who approves whatever is proposed, once, until it is enough."""
    while not enough.is_set():
        await asyncio.sleep(LOOK)
        found = await site.asked("GET", "/api/v1/fixes") or {"fixes": []}
        for fix in found["fixes"]:
            if fix["state"] == "proposed" and fix["id"] not in decided:
                path = f"/api/v1/fixes/{fix['id']}/approve"
                if await site.asked("POST", path, json={"digest": fix["digest"]}):
                    decided.add(fix["id"])


async def dies_again_and_again(site: Any, names: Sequence[str], kills: int) -> None:
    chance = site.chance("kills")
    for _ in range(kills):
        await asyncio.sleep(chance.uniform(*LIFE))
        name = chance.choice(names)
        await site.kill(name)
        await site.start(name)


async def settled(site: Any, incidents: set[str]) -> list[dict[str, Any]]:
    """Every incident with its deliveries, once all are told."""
    async with asyncio.timeout(PATIENCE):
        while True:
            found = [await site.asked("GET", f"/api/v1/incidents/{one}") for one in sorted(incidents)]
            if all(found) and all(map(told, found)):
                return found
            await asyncio.sleep(LOOK)


def told(incident: dict[str, Any]) -> bool:
    states = {one["notifier"]: one["state"] for one in incident["deliveries"]}
    return states.get("slack") == "delivered" and set(states.values()) == {"delivered"}


async def said_once(site: Any, incidents: set[str]) -> None:
    """What came late, when it stood there already, is gone within a minute: messages, replies and notes."""
    wrong: Any = None
    with suppress(TimeoutError):
        async with asyncio.timeout(MINUTE):
            while wrong := said_wrongly(site, await settled(site, incidents)):  # noqa: ASYNC110 - likewise
                await asyncio.sleep(LOOK)
    assert not wrong


def said_wrongly(site: Any, incidents: Sequence[dict[str, Any]]) -> dict[str, int]:
    """What stands there more or less often than once: each message, and each event that all must hear."""
    posts = Counter(key for key, _ in site.posts())
    once = {f"{one['id']}/message/1" for one in incidents} | set(to_be_heard(site, incidents))
    said = {key: posts[key] for key in once | set(posts) if posts[key] != 1}
    return said | {mark: number for mark, number in site.notes().items() if number != 1}


def to_be_heard(site: Any, incidents: Sequence[dict[str, Any]]) -> list[str]:
    """The replies to a message about what happened after it was posted: it told all that was before."""
    posted = dict(reversed(site.posts()))
    return [
        f"{one['id']}/reply/{event['seq']}"
        for one in incidents
        for event in one["timeline"]
        if event["kind"] in BROADCAST and (at := posted.get(f"{one['id']}/message/1"))
        if instant(event["at"]) > at
    ]


async def over(site: Any) -> list[dict[str, Any]]:
    """All quick fixes that anybody decided about, with their audit logs, once none holds any longer.

    Also those whose approval was kept and its answer lost.
    """
    async with asyncio.timeout(PATIENCE):
        while not (ended := await listed(site, FixState.ENDED)) or await holding(site):  # noqa: ASYNC110 - of others
            await asyncio.sleep(LOOK)
    return [await site.asked("GET", f"/api/v1/fixes/{fix['id']}") for fix in ended]


async def holding(site: Any) -> bool:
    """Whether any quick fix is on its way, in force, or being undone."""
    under_way = set(FixState) - {FixState.PROPOSED, FixState.ENDED}
    return any([await listed(site, state) for state in sorted(under_way)])


async def listed(site: Any, state: FixState) -> list[dict[str, Any]]:
    """Each state by itself: of all together, the newest proposals alone would be as many as are listed."""
    path = f"/api/v1/fixes?state={state}&limit={MOST_LISTED}"
    while (found := await site.asked("GET", path)) is None:  # noqa: ASYNC110 - of another process
        await asyncio.sleep(LOOK)
    assert len(found["fixes"]) < MOST_LISTED
    return list(found["fixes"])


async def until_some(approved: set[str]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not approved:  # noqa: ASYNC110 - another task's
            await asyncio.sleep(LOOK)


async def everything_went_wrong(site: Any) -> None:
    """With each far side and the database all that can: the plan begins with it."""
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while site.unmet:  # noqa: ASYNC110 - it happens in other processes
                await asyncio.sleep(LOOK)
    assert not site.unmet


ONE: Final = ("one",)
TWO: Final = ("one", "two")
"""Of which one lives at any moment."""
CASES: Final = [
    pytest.param("sqlite", 11, ONE, 6, 2, id="sqlite-11"),
    pytest.param("postgres", 12, ONE, 6, 1, id="postgres-12", marks=pytest.mark.postgres),
    *(
        pytest.param("sqlite", seed, ONE, 40, 10, id=f"sqlite-{seed}", marks=pytest.mark.soak)
        for seed in range(200, 206)
    ),
    *(
        pytest.param(
            "postgres",
            seed,
            TWO,
            40,
            10,
            id=f"postgres-{seed}",
            marks=[pytest.mark.soak, pytest.mark.postgres],
        )
        for seed in range(300, 306)
    ),
]


@pytest.mark.parametrize(
    ("database_url", "seed", "names", "notifications", "kills"), CASES, indirect=["database_url"]
)
async def test_whatever_goes_wrong_what_was_accepted_is_told_once_and_fixed_once(  # noqa: PLR0913, PLR0917 - a plan
    site: Any, database_url: str, seed: int, names: Sequence[str], notifications: int, kills: int
) -> None:
    print(f"seed {seed}")  # noqa: T201 - shown where it fails
    accepted: dict[int, set[str]] = {}
    async with site(seed, notifications) as here:
        for name in names:
            await here.start(name)
        approved, enough = set[str](), asyncio.Event()
        approving = asyncio.create_task(approves(here, approved, enough))
        async with asyncio.TaskGroup() as group:
            group.create_task(loads(here, notifications, accepted))
            group.create_task(dies_again_and_again(here, names, kills))
            group.create_task(everything_went_wrong(here))
        here.calm()
        incidents = set().union(*accepted.values())
        await is_posted(here, incidents)
        await here.sent(here.alerts.notification(LAST, ended=True), here.chance(LAST))
        await settled(here, incidents)
        await until_some(approved)
        enough.set()
        await approving  # cut off, the last approval could be kept after all fixes were seen to be over
        fixes = await over(here)
        await said_once(here, incidents)
        told_once = await settled(here, incidents)
        knobs = await here.knobs(notifications)
        print({name: dict(way.met) for name, way in here.ways.items()})  # noqa: T201 - likewise

    assert len(accepted) == notifications
    assert all(len(incidents) == 1 for incidents in accepted.values()), "an alert has two incidents"
    assert len(told_once) == notifications
    assert to_be_heard(here, told_once), "nothing happened that all must hear"
    assert_paged_once(here, told_once)
    assert knobs == [(BUDGET, None)] * notifications
    assert_fixed_once(fixes)
    assert_every_lease_ends(database_url)


def assert_paged_once(site: Any, incidents: Sequence[dict[str, Any]]) -> None:
    """What is still open has a page with a note; what ended before anybody was woken may have none."""
    pages, notes = site.pages(), site.notes()
    open_ones = {one["id"] for one in incidents if one["closed_at"] is None}
    assert set(pages.values()) == {1}
    assert open_ones <= set(pages) <= {one["id"] for one in incidents}
    assert {mark_of("incident", one, 1) for one in open_ones} <= set(notes)


def assert_fixed_once(fixes: Sequence[dict[str, Any]]) -> None:
    """No fix was applied or undone twice, and no incident got a second one in its cooldown."""
    audits = [Counter(line["happened"] for line in fix["audit"]) for fix in fixes]
    assert all(times[one] <= 1 for times in audits for one in ONCE), audits
    fixed = Counter(fix["incident"] for fix in fixes if fix["applied_at"])
    assert set(fixed.values()) <= {1}


def assert_every_lease_ends(database_url: str) -> None:
    """What a killed one held is let go of in a minute, though nobody gives it back."""
    database = Database(database_url)
    with database.read() as connection:
        ends = [row.until for row in connection.execute(leases.select())]
    database.close()
    assert all(end <= system_clock() + timedelta(seconds=MINUTE) for end in ends)
