"""Finds what stands in Slack twice, and takes away what the receipt doesn't name.

A message that was posted in doubt may have been posted twice: by a replica that was frozen in the middle, or
by a request that arrived late. Each of ours carries its key in its metadata, so that two of one key are seen.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from responder.clients.slack import Marked, SlackClient
from responder.domain.notice import Receipt


@dataclass(frozen=True, slots=True)
class Doubles:
    """Looks for what is said about one thing in one channel.

    Args:
        client: the workspace.
        event_type: the kind of our messages.
        about: what all of their keys begin with.
        since: none of them is older.
    """

    client: SlackClient
    event_type: str
    about: str
    since: datetime

    async def take_away(self, channel: str, named: frozenset[str]) -> int:
        """Delete what stands twice, and answer how many messages that were; those named stay.

        A second message goes with all that we said in its thread. Where the first one can't be seen nothing
        is touched.
        """
        messages = [one for one in await self._ours(channel) if not one.in_thread]
        roots = [one for one in messages if one.ts in named]
        if not roots:
            return 0
        doomed: list[str] = []
        for root in messages:
            replies = [one for one in await self._ours(channel, root.ts) if one.in_thread]
            if root in roots:
                doomed += _seconds(replies, named)
            else:
                doomed += [*(reply.ts for reply in replies), root.ts]
        for ts in doomed:
            await self.client.delete(channel, ts)
        return len(doomed)

    async def _ours(self, channel: str, thread_ts: str | None = None) -> Sequence[Marked]:
        return await self.client.marked_with(
            channel, self.event_type, f"{self.about}/", oldest=self.since, thread_ts=thread_ts
        )


def named_in(receipt: Receipt) -> Mapping[str, frozenset[str]]:
    """The messages that a receipt names, by the ids of their channels, of which it may have several."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, value in receipt.data.items():
        start, _, last = name.rpartition("/")
        channel = receipt.data.get(f"{start}/channel" if start else "channel")
        if last.endswith("_ts") and value and channel:
            found[str(channel)].add(str(value))
    return {channel: frozenset(messages) for channel, messages in found.items()}


def _seconds(replies: Iterable[Marked], named: frozenset[str]) -> list[str]:
    """All but one of each key: the one that is named, else the first."""
    by_key: dict[str, list[Marked]] = defaultdict(list)
    for reply in replies:
        by_key[reply.key].append(reply)
    doomed = []
    for several in by_key.values():
        stays = min(several, key=lambda one: (one.ts not in named, one.ts))
        doomed += [one.ts for one in several if one is not stays]
    return doomed
