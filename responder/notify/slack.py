"""Tells Slack about an incident: one message, edited in place, with its detail in the thread.

A storm has one message, too, and so has a lost watchdog: both have no thread.

    message ─▶ replies that all must hear ─▶ detail

Slack has no idempotency key. Every post carries a key of ours in its metadata: after an attempt whose outcome
isn't known, the key is looked for before it is posted (`sure=False`). Where the bot may not read history it
can't look: then it posts, because an alert told twice is better than one not told.

A message that a person deleted is posted anew. One that can't be edited any longer (a workspace may close the
window for edits) stays as it is, and the state goes on as a quiet reply in its thread, edited in place from
then on.
"""

from collections.abc import Awaitable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Protocol

from responder.clients.slack import Posted, SlackClient, marked
from responder.clients.slack_failure import SlackRefusal
from responder.domain.alert import Severity
from responder.domain.audience import ChannelRule, channel_for, channels_for
from responder.domain.errors import AdapterError, Refused
from responder.domain.ids import content_digest
from responder.domain.incident import Event
from responder.domain.notice import Kin, Notice, PartlyTold, Receipt
from responder.domain.storm import StormNotice
from responder.domain.watchdog import LossNotice
from responder.notify.said import Said, Slot, in_channel, with_channel
from responder.notify.slack_tidy import Doubles, named_in

EVENT_TYPE: Final = "hypertool_responder"
"""The kind of message in the metadata; with a key such as `k7m2wq9p/message/1` it names one post of ours."""

REMEMBERED: Final = 100
"""Addresses of messages."""
DELETED: Final = frozenset({"message_not_found", "thread_not_found"})
NOT_TAKEN: Final = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})
CLOSED: Final = frozenset({"cant_update_message", "edit_window_closed"})


class Rendered(Protocol):
    """A message ready to be sent: escaped text and blocks within Slack's limits."""

    @property
    def text(self) -> str: ...

    @property
    def blocks(self) -> Sequence[Mapping[str, Any]]: ...

    @property
    def simpler(self) -> "Rendered | None":
        """The same without what a workspace may not take."""


class Renderer(Protocol):
    """What the notifier needs to have rendered."""

    def message(self, notice: Notice) -> Rendered: ...

    def detail(self, notice: Notice) -> Rendered: ...

    def reply(self, notice: Notice, event: Event) -> Rendered: ...

    def storm(self, notice: StormNotice) -> Rendered: ...

    def loss(self, notice: LossNotice) -> Rendered: ...


@dataclass(frozen=True, slots=True)
class _Subject:
    """What messages are about: their keys begin with it, and none is older. The urgent ones go first."""

    key: str
    since: datetime
    urgency: int

    def part(self, name: str) -> str:
        return f"{self.key}/{name}"


class SlackNotifier:
    """Speaks in one channel, or in that of the first rule that fits an incident.

    An incident told already goes on where it was told first.

    Args:
        client: the workspace.
        renderer: makes the messages.
        channel: an id or a name.
        rules: for incidents that have a channel of their own.
    """

    name = "slack"

    def __init__(
        self, client: SlackClient, renderer: Renderer, channel: str, rules: Sequence[ChannelRule] = ()
    ) -> None:
        self._client = client
        self._renderer = renderer
        self._channel = channel
        self._rules = rules
        self._permalinks: dict[tuple[str, str], str] = {}

    async def tell(self, notice: Notice, previous: Receipt | None, *, sure: bool) -> Receipt:
        """Make Slack show this notice.

        Args:
            notice: the newest state of the incident.
            previous: what the last attempt handed back.
            sure: no attempt was made since, so nothing can have been posted that `previous` doesn't know.

        Raises:
            PartlyTold: some was said; carries the receipt and the cause.
            AdapterError: nothing was said.
        """
        said = Said.read(previous, channel_for(notice, self._rules, self._channel))
        linked = replace(notice, kin=tuple([await self._linked(one) for one in notice.kin]))
        return await self._kept(said, self._say(linked, said, sure=sure))

    async def tell_storm(self, notice: StormNotice, previous: Receipt | None, *, sure: bool) -> Receipt:
        """Make Slack show how the storm is, in a message that is edited in place.

        Every channel that has one of its incidents has one; what fails in one keeps no other from it.

        Raises:
            PartlyTold: some was said, or the message of before is gone, and a new one could not be posted.
            AdapterError: nothing was said.
        """
        subject = _Subject(f"storm/{notice.id}", notice.storm.began_at, urgency=0)
        channels = channels_for(notice.members, self._rules, self._channel)
        return await self._bulletin(subject, self._renderer.storm(notice), channels, previous, sure=sure)

    async def tell_loss(self, notice: LossNotice, previous: Receipt | None, *, sure: bool) -> Receipt:
        """Make Slack show in every channel that the watchdog stopped coming; edited when that is over.

        Raises:
            PartlyTold: some was said, or the message of before is gone, and a new one could not be posted.
            AdapterError: nothing was said.
        """
        subject = _Subject(f"watchdog/{notice.id}", notice.loss.lost_at, urgency=0)
        channels = dict.fromkeys([self._channel, *(rule.channel for rule in self._rules)])
        return await self._bulletin(subject, self._renderer.loss(notice), channels, previous, sure=sure)

    async def _bulletin(
        self,
        subject: _Subject,
        rendered: Rendered,
        channels: Iterable[str],
        previous: Receipt | None,
        *,
        sure: bool,
    ) -> Receipt:
        """One message in each of these channels; what fails in one keeps no other from it."""
        receipt, failures = previous or Receipt(), list[AdapterError]()
        for channel in channels:
            said = Said.read(in_channel(previous, channel), channel)
            shown = self._show(subject, said, said.state, rendered, sure=sure)
            try:
                receipt = with_channel(receipt, channel, await self._kept(said, shown))
            except PartlyTold as partly:
                receipt = with_channel(receipt, channel, partly.receipt)
                failures.append(partly.cause)
            except AdapterError as error:
                failures.append(error)
        if not failures:
            return receipt
        failure = min(failures, key=lambda error: isinstance(error, Refused))  # what is worth another try
        if receipt != (previous or Receipt()):
            raise PartlyTold(receipt, failure) from failure
        raise failure

    async def tidy(self, about: str, since: datetime, receipt: Receipt) -> int:
        """Take away what was posted twice about an incident or a storm; how many messages that were.

        Raises:
            Refused: the bot may not read history, without which none is found.
            AdapterError: it could not be looked at, or not all be taken away.
        """
        doubles = Doubles(self._client, EVENT_TYPE, about, since)
        return sum([await doubles.take_away(*place) for place in named_in(receipt).items()])

    async def _linked(self, kin: Kin) -> Kin:
        """With the address of its message; of its page while it has no message, or Slack doesn't say."""
        root = Said.read(kin.receipt, self._channel)
        if not root.root:
            return kin
        place = (root.channel, root.root)
        if place not in self._permalinks:
            with suppress(AdapterError):
                self._permalinks[place] = await self._client.permalink(*place)
                self._permalinks = dict([*self._permalinks.items()][-REMEMBERED:])
        return replace(kin, url=self._permalinks.get(place, kin.url))

    async def _kept(self, said: Said, saying: Awaitable[object]) -> Receipt:
        """What was said, also of a part."""
        before = said.receipt()
        try:
            await saying
        except AdapterError as error:
            if said.receipt() != before:
                raise PartlyTold(said.receipt(), error) from error
            raise
        return said.receipt()

    async def _say(self, notice: Notice, said: Said, *, sure: bool) -> None:
        try:
            await self._parts(notice, said, sure=sure)
        except SlackRefusal as refusal:
            if refusal.code != "thread_not_found":
                raise
            said.forget()  # somebody deleted the message since its last edit
            await self._parts(notice, said, sure=sure)

    async def _parts(self, notice: Notice, said: Said, *, sure: bool) -> None:
        await self._message(notice, said, sure=sure)
        await self._replies(notice, said, sure=sure)
        if notice.report is not None and notice.report.complete:
            await self._show(_later(_of(notice)), said, said.detail, self._renderer.detail(notice), sure=sure)

    async def _message(self, notice: Notice, said: Said, *, sure: bool) -> None:
        new = await self._state(notice, said, self._renderer.message(notice), sure=sure)
        if new and said.root == said.state.ts:
            # It notified everybody with the newest state: what happened before needs no reply of its own.
            said.replies.update(event.seq for event in notice.replies)

    async def _state(self, notice: Notice, said: Said, rendered: Rendered, *, sure: bool) -> bool:
        """Show the newest state; what Slack will not take is left out, and tried again with the next edit."""
        *tries, least = _ever_simpler(rendered)
        for one in tries:
            try:
                return await self._show(_of(notice), said, said.state, one, sure=sure)
            except SlackRefusal as refusal:
                if refusal.code not in NOT_TAKEN:
                    raise
        return await self._show(_of(notice), said, said.state, least, sure=sure)

    async def _replies(self, notice: Notice, said: Said, *, sure: bool) -> None:
        for event in notice.replies:
            if event.seq not in said.replies:
                rendered = self._renderer.reply(notice, event)
                part = f"reply/{event.seq}"
                await self._post(_of(notice), said, part, rendered, sure=sure, broadcast=True)
                said.replies.add(event.seq)

    async def _show(
        self, subject: _Subject, said: Said, slot: Slot, rendered: Rendered, *, sure: bool
    ) -> bool:
        """Make one slot show this, and answer whether that took a new post."""
        digest = _digest(rendered)
        if slot.ts and slot.shown == digest:
            return False
        if slot.ts and await self._edited(subject, said, slot, rendered):
            slot.shown = digest
            return False
        found = None if sure else await self._found(subject, said, slot.key)
        if found is None:
            posted = await self._post(subject, said, slot.key, rendered, sure=True)
            said.keep(slot, posted.channel, posted.ts, digest)
            return True
        said.keep(slot, found.channel, found.ts, "")
        await self._client.update(
            found.channel, found.ts, rendered.text, rendered.blocks, urgency=subject.urgency
        )
        slot.shown = digest
        return False

    async def _edited(self, subject: _Subject, said: Said, slot: Slot, rendered: Rendered) -> bool:
        """Edit in place; False: it isn't there any longer or can't be edited, post anew."""
        try:
            await self._client.update(
                said.channel, slot.ts, rendered.text, rendered.blocks, urgency=subject.urgency
            )
        except SlackRefusal as refusal:
            if refusal.code in DELETED and slot is said.state and said.root == slot.ts:
                said.forget()
            elif refusal.code in DELETED | CLOSED:
                slot.lose()
            else:
                raise
            return False
        return True

    async def _post(  # noqa: PLR0913 - a post has this many parts
        self,
        subject: _Subject,
        said: Said,
        part: str,
        rendered: Rendered,
        *,
        sure: bool,
        broadcast: bool = False,
    ) -> Posted:
        """Post unless it is there already."""
        if not sure and (found := await self._found(subject, said, part)):
            return found
        return await self._client.post(
            said.channel,
            rendered.text,
            rendered.blocks,
            metadata=marked(EVENT_TYPE, subject.part(part)),
            thread_ts=said.root or None,
            broadcast=broadcast,
            urgency=subject.urgency,
        )

    async def _found(self, subject: _Subject, said: Said, part: str) -> Posted | None:
        key, thread = subject.part(part), said.root or None
        try:
            return await self._client.find(
                said.channel, EVENT_TYPE, key, oldest=subject.since, thread_ts=thread
            )
        except SlackRefusal as refusal:
            if refusal.code in DELETED:
                raise
            return None
        except Refused:
            return None


@dataclass(frozen=True, slots=True)
class _TextAlone:
    """What a lock screen shows, and nothing that could be wrong about it: an alert must be told."""

    text: str
    blocks: Sequence[Mapping[str, Any]] = ()
    simpler: Rendered | None = None


def _ever_simpler(rendered: Rendered) -> Sequence[Rendered]:
    """The message, then what is left of it where Slack takes less."""
    simpler = (rendered.simpler,) if rendered.simpler else ()
    return (rendered, *simpler, _TextAlone(rendered.text))


def _of(notice: Notice) -> _Subject:
    return _Subject(notice.incident.id, notice.incident.opened_at, notice.incident.severity.rank + 1)


def _later(subject: _Subject) -> _Subject:
    """What can wait until all have been told of everything."""
    return replace(subject, urgency=subject.urgency + len(Severity))


def _digest(rendered: Rendered) -> str:
    return content_digest(f"{rendered.text}\n{rendered.blocks!r}")
