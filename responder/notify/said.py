"""What was said in Slack about one incident, as its receipt keeps it."""

from dataclasses import dataclass, field
from typing import Self

from responder.domain.notice import Receipt
from responder.domain.report import Scalar


@dataclass(slots=True, kw_only=True)
class Slot:
    """A message that is edited in place.

    `generation` counts the messages it has had: a new one is posted where the old one was deleted or can't be
    edited any longer, under a key of its own.
    """

    name: str
    ts: str = ""
    shown: str = ""
    """Digest of what it shows; empty where that isn't known."""
    generation: int = 1

    @property
    def key(self) -> str:
        return f"{self.name}/{self.generation}"

    def lose(self) -> None:
        """The message is of no use any longer."""
        self.ts, self.shown = "", ""
        self.generation += 1

    def data(self) -> dict[str, Scalar]:
        return {
            f"{self.name}_ts": self.ts,
            f"{self.name}_shown": self.shown,
            f"{self.name}_generation": self.generation,
        }


@dataclass(slots=True, kw_only=True)
class Said:
    """Where the incident's messages stand, and which events were told by a reply."""

    channel: str
    root: str = ""
    """The message whose thread all replies go to."""
    state: Slot = field(default_factory=lambda: Slot(name="message"))
    """The message that shows the newest state: the root, or a reply where the root can't be edited."""
    detail: Slot = field(default_factory=lambda: Slot(name="detail"))
    replies: set[int] = field(default_factory=set)

    @classmethod
    def read(cls, receipt: Receipt | None, channel: str) -> Self:
        """From a receipt; where there is none, nothing was said yet, and it begins in this channel."""
        data = receipt.data if receipt else {}
        return cls(
            channel=str(data.get("channel") or channel),
            root=str(data.get("root_ts") or ""),
            state=_slot("message", receipt),
            detail=_slot("detail", receipt),
            replies={int(seq) for seq in str(data.get("replies") or "").split()},
        )

    def receipt(self) -> Receipt:
        """As plain JSON."""
        told = " ".join(map(str, sorted(self.replies)))
        places = {"channel": self.channel, "root_ts": self.root, "replies": told}
        return Receipt(data={**places, **self.state.data(), **self.detail.data()})

    def keep(self, slot: Slot, channel: str, ts: str, digest: str) -> None:
        """A message was posted or found; the first of all is the root."""
        self.channel, slot.ts, slot.shown = channel, ts, digest
        self.root = self.root or ts

    def forget(self) -> None:
        """The root is gone, and its thread with it."""
        self.root = ""
        self.state.lose()
        self.detail.lose()


def in_channel(receipt: Receipt | None, channel: str) -> Receipt | None:
    """The part about one channel of a receipt for several; None: nothing was said there yet."""
    start = f"{channel}/"
    data = {
        name.removeprefix(start): value
        for name, value in (receipt or Receipt()).data.items()
        if name.startswith(start)
    }
    return Receipt(data=data) if data else None


def with_channel(receipt: Receipt, channel: str, said: Receipt) -> Receipt:
    """A receipt for several channels, with what was said in one."""
    return Receipt(data={**receipt.data, **{f"{channel}/{name}": value for name, value in said.data.items()}})


def _slot(name: str, receipt: Receipt | None) -> Slot:
    data = receipt.data if receipt else {}
    generation = data.get(f"{name}_generation")
    return Slot(
        name=name,
        ts=str(data.get(f"{name}_ts") or ""),
        shown=str(data.get(f"{name}_shown") or ""),
        generation=int(generation) if isinstance(generation, int | float) else 1,
    )
