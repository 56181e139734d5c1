"""The engine: everything that moves, wired together, started and stopped."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from responder.domain.clock import Clock, system_clock
from responder.domain.errors import Busy, ResponderError
from responder.domain.incident import Incident
from responder.engine.apart import apart
from responder.engine.asking import Asking
from responder.engine.audit_file import AuditFile
from responder.engine.bulletins import BulletinTelling
from responder.engine.commands.answering import Answering
from responder.engine.commands.keeping import Commands
from responder.engine.commands.parts import CommandParts
from responder.engine.commands.working import Working
from responder.engine.comparing import Compared, Comparison
from responder.engine.desk import Desk
from responder.engine.durable import Durable
from responder.engine.ending import EndingMove
from responder.engine.fixing.advancing import Advancing
from responder.engine.fixing.annotating import Annotating
from responder.engine.fixing.circumstances import Circumstances
from responder.engine.fixing.ledger import Ledger
from responder.engine.fixing.parts import FixParts
from responder.engine.fixing.people import People
from responder.engine.fixing.proposing import Proposing
from responder.engine.fixing.reading import FixReading
from responder.engine.growth import Growth
from responder.engine.housekeeping import Every, Housekeeping
from responder.engine.intake import DEADLINE, Intake
from responder.engine.investigating import Investigating
from responder.engine.moves import Moves
from responder.engine.orders import Move, Topic
from responder.engine.ports import (
    AlertSource,
    Annotator,
    Assessor,
    Investigator,
    LossTeller,
    Mutes,
    Notifier,
    Remeasurer,
    StormTeller,
    Tidier,
)
from responder.engine.reading import Reading
from responder.engine.refreshing import Refresh
from responder.engine.replicas import BEAT, DEAD_AFTER, Replicas
from responder.engine.retention import Keep, Retention
from responder.engine.rush import Rush
from responder.engine.set_back import SetBack
from responder.engine.silencing import Silencing
from responder.engine.storms.course import StormCourse
from responder.engine.storms.summary import StormSummary
from responder.engine.storms.watch import LIMIT, StormWatch
from responder.engine.sweep import Sweep
from responder.engine.telling import Telling
from responder.engine.tidying import Tidying
from responder.engine.watchdog.course import WatchdogCourse, WatchdogRule
from responder.engine.watchdog.notice import LossBulletin
from responder.log import Action, get_logger
from responder.playbook.model import Playbooks
from responder.storage import storms, watchdog
from responder.storage.database import Database
from responder.storage.migrate import migrate

FINISH_SECONDS: Final = 8.0
"""How long moves under way may take when the process stops; the rest is done after the next start."""

SWEEP: Final = timedelta(seconds=2)
CLOCK: Final = timedelta(seconds=0.5)
"""What is ordered after the clock was set back and before that is noticed may come too early."""
MEASURE: Final = timedelta(seconds=15)
WATCHDOG: Final = timedelta(seconds=15)
REFRESH: Final = timedelta(seconds=15)
RETENTION: Final = timedelta(minutes=10)
AUDIT_FILE: Final = timedelta(seconds=2)

log = get_logger()


async def _nothing(*_: object) -> str:
    """What a move is that this site has not been set up for."""
    return Compared.NOT_DUE


def _no_page(_: Incident) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What the engine works with.

    `playbooks` say what grows out of what.
    Without `source` nothing is compared, without `remeasurer` nothing is refreshed, without `fixes` quick
    fixes are described only, without `annotator` no dashboard shows when they were in force, without `mutes`
    no incident can be silenced, without `commands` nobody can ask anything.
    """

    investigator: Investigator
    assessor: Assessor
    notifiers: Sequence[Notifier]
    source: AlertSource | None = None
    remeasurer: Remeasurer | None = None
    page_url: Callable[[Incident], str] = _no_page
    list_url: Callable[[], str] = str
    playbooks: Callable[[], Playbooks] = dict
    fixes: FixParts | None = None
    mutes: Mutes | None = None
    annotator: Annotator | None = None
    commands: CommandParts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """How the engine runs.

    Args:
        executor: the stable name of this replica: after a restart it takes up what it left.
        clock: what time it is.
        compare_every: how often everything is compared with Alertmanager.
        missed_after: an alert older than this that nobody sent us was missed.
        refresh_critical: how often the measure of an open critical incident is asked again.
        refresh_others: the same for the others.
        beat: how often a replica says that it is alive.
        dead_after: silence after which its work is taken over.
        keep: how long what is kept.
        audit_file: where this replica writes the audit log as JSON lines, if it does.
        answer_within: seconds in which whoever sends a notification gets an answer.
        storm: more incidents than so many, opened within five minutes, are a storm.
        told_apart_by: the labels by which it is chosen where alerts are told.
        watchdog: when the watchdog is missed.
    """

    executor: str = "responder"
    clock: Clock = field(default=system_clock)
    compare_every: timedelta = timedelta(minutes=1)
    missed_after: timedelta = timedelta(minutes=2)
    refresh_critical: timedelta = timedelta(minutes=1)
    refresh_others: timedelta = timedelta(minutes=5)
    beat: timedelta = BEAT
    dead_after: timedelta = DEAD_AFTER
    keep: Keep = field(default_factory=Keep)
    audit_file: Path | None = None
    answer_within: float = DEADLINE
    storm: int = LIMIT
    told_apart_by: frozenset[str] = frozenset()
    watchdog: WatchdogRule = field(default_factory=WatchdogRule)


class Engine:
    """The heart. `intake.accept` takes notifications; everything after that happens by itself."""

    def __init__(self, database: Database, ports: Ports, config: Config | None = None) -> None:
        self.database = database
        self.config = config or Config()
        names = tuple(notifier.name for notifier in ports.notifiers)
        self._rush = Rush()
        self._durable = Durable(database, self.config.executor, names, self._rush)
        watch = StormWatch(self.config.storm, tuple(_storm_tellers(ports)))
        self.desk = Desk(database, self._durable, self.config.clock, names, watch)
        self.intake = Intake(self.desk, self._rush, self.config.answer_within)
        self.fixes = FixReading(self.desk)
        self.asking = Asking(self.desk, mutes=ports.mutes is not None)
        self.commands = Commands(self.desk)
        self.replicas = Replicas(
            self.desk, self.config.executor, self._durable, self.config.dead_after, self.config.beat
        )
        self.watchdog = WatchdogCourse(
            self.desk, self.config.watchdog, tuple(_loss_tellers(ports)), lambda: self.replicas.leads
        )
        self.reading = Reading(self.desk, ports.page_url, self.watchdog.stands)
        self._comparison = self._made_comparison(ports.source)
        ledger = Ledger(self.desk, annotates=ports.annotator is not None)
        self.people = People(self.desk, ports.fixes, ledger) if ports.fixes else None
        """Who decides about quick fixes; None where these are described only."""
        self._audit_file = AuditFile(self.desk, self.config.audit_file) if self.config.audit_file else None
        self._moves = self._made_moves(ports, ledger)
        self._housekeeping = Housekeeping(self.replicas, self.config.beat, self._chores(ports.remeasurer))
        self._to_start = "the database"
        self._heard_of = False
        """Whether the database knows this replica: else there is nothing to leave."""

    @property
    def waiting_for(self) -> str:
        """What the engine waits for before it can take anything in; empty while it can."""
        return self._to_start or self.replicas.waiting_for

    async def start(self) -> None:
        """Bring the tables up to date, take up what was left, and begin.

        Raises:
            Busy: the database can't be reached.
            Unusable: its tables are newer than this version, or its user lacks a right.
        """
        await apart(lambda: migrate(self.database))
        await apart(self.replicas.beat)
        self._heard_of = True
        await apart(self.desk.hear_of_storm)
        self._to_start = "the durable engine"
        await self._durable.start(self._moves.run)
        self.intake.start()
        self._housekeeping.start()
        self._to_start = ""
        log.info(Action.STARTED, executor=self.config.executor, notifiers=list(self.desk.notifiers))

    async def stop(self) -> None:
        """Stop in good order; moves that take too long are done after the next start."""
        self._to_start = "the next start"
        self._housekeeping.stop()
        await apart(self.intake.stop)
        await self._moves.finished(FINISH_SECONDS)
        await self._durable.stop()
        if self._heard_of:
            await self._take_leave()
        self.database.close()
        log.info(Action.STOPPED)

    async def _take_leave(self) -> None:
        if self._audit_file:
            with suppress(ResponderError):  # it is written after the next start
                await self._audit_file.run()
        with suppress(Busy):  # the others see that it is silent
            await apart(self.replicas.leave)

    def _made_moves(self, ports: Ports, ledger: Ledger) -> Moves:
        notifiers = {notifier.name: notifier for notifier in ports.notifiers}
        fixing = (
            (self.desk, ports.fixes, ledger, Circumstances(self.desk, ports.fixes)) if ports.fixes else None
        )
        return Moves(
            {
                Move.INVESTIGATE: Investigating(
                    self.desk,
                    ports.investigator,
                    ports.fixes.proposes if ports.fixes else bool,
                    Growth(self.desk, ports.playbooks),
                ),
                Move.TELL: Telling(self.desk, notifiers, ports.page_url),
                Move.TELL_STORM: BulletinTelling(
                    self.desk,
                    Topic.STORM,
                    storms.SUMMARIES,
                    {name: one.tell_storm for name, one in _storm_tellers(ports).items()},
                    StormSummary(ports.page_url, ports.list_url, self.config.told_apart_by),
                ),
                Move.TELL_WATCHDOG: BulletinTelling(
                    self.desk,
                    Topic.WATCHDOG,
                    watchdog.BULLETINS,
                    {name: one.tell_loss for name, one in _loss_tellers(ports).items()},
                    LossBulletin(ports.list_url),
                ),
                Move.TIDY: Tidying(self.desk, _tidiers(ports)),
                Move.END: EndingMove(self.desk, ports.assessor),
                Move.COMPARE: self._comparison.move if self._comparison else _nothing,
                Move.SILENCE: Silencing(self.desk, ports.mutes) if ports.mutes else _nothing,
                Move.PROPOSE: Proposing(*fixing) if fixing else _nothing,
                Move.FIX: Advancing(*fixing) if fixing else _nothing,
                Move.ANNOTATE: (
                    Annotating(self.desk, ports.fixes, ports.annotator)
                    if ports.fixes and ports.annotator
                    else _nothing
                ),
                Move.ANSWER: self._made_answering(ports) or _nothing,
            },
            self._rush,
        )

    def _made_answering(self, ports: Ports) -> Answering | None:
        if ports.commands is None:
            return None
        working = Working(self.desk, ports.commands, ports.page_url, self.watchdog.stands)
        return Answering(self.desk, working, ports.commands.voice)

    def _made_comparison(self, source: AlertSource | None) -> Comparison | None:
        return Comparison(self.desk, source, self.config.missed_after) if source else None

    def _chores(self, remeasurer: Remeasurer | None) -> tuple[Every, ...]:
        config, sweep = self.config, Sweep(self.desk)
        set_back = SetBack(self.desk, lambda: self.replicas.leads)
        course = StormCourse(self.desk, lambda: self.replicas.leads)
        optional = []
        if self._comparison:
            optional.append(Every("compare", config.compare_every, self._comparison.all))
        if remeasurer:
            refresh = Refresh(self.desk, remeasurer, config.refresh_critical, config.refresh_others)
            optional.append(Every("refresh", min(REFRESH, config.refresh_critical), refresh.run))
        if self._audit_file:
            optional.append(Every("audit file", AUDIT_FILE, self._audit_file.run, shared=False))
        return (
            *optional,
            Every("retention", RETENTION, Retention(self.desk, self._durable, config.keep).run),
            Every("storm", SWEEP, lambda: self.desk.aside(course.run), shared=False),
            Every(
                "watchdog",
                min(WATCHDOG, config.watchdog.lost_after / 4),
                lambda: self.desk.aside(self.watchdog.run),
                shared=False,
            ),
            Every("clock", CLOCK, lambda: self.desk.aside(set_back.run), shared=False),
            Every("sweep", SWEEP, lambda: self.desk.aside(sweep.run)),
            Every("measure", MEASURE, lambda: self._durable.measure(self.config.clock())),
        )


def _tidiers(ports: Ports) -> dict[str, Tidier]:
    """The notifiers that can take away what they said twice, by their names."""
    return {one.name: one for one in ports.notifiers if isinstance(one, Tidier)}


def _storm_tellers(ports: Ports) -> dict[str, StormTeller]:
    """The notifiers that tell people about a storm, by their names."""
    return {one.name: one for one in ports.notifiers if isinstance(one, StormTeller)}


def _loss_tellers(ports: Ports) -> dict[str, LossTeller]:
    """The notifiers that tell people that the watchdog stopped coming, by their names."""
    return {one.name: one for one in ports.notifiers if isinstance(one, LossTeller)}
