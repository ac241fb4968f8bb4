"""Read and write what an order is recorded by while it is under way."""

from dataclasses import dataclass
from datetime import datetime

from runner.providers.moments import moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What an order waits for, and how many of its tries were answered with a no.

    As text it is `KIND:NAME`, with `#N` behind it once a try was answered. `cart` and `order` go by
    their ids, `asked`, `sent` and `transition` by the time of the call. Of kind `again` nothing is
    under way since that time: the next try begins anew, under another `MS-RequestId`.
    Source: commerce.md 3.4 (a new one after any answer), read 2026-11-23.
    """

    kind: str = ""
    name: str = ""
    answered: int = 0

    @property
    def at(self) -> datetime | None:
        """Return the time it is named by, None where it goes by an id."""
        return moment(self.name)

    def __str__(self) -> str:
        """Return the reference as it is recorded, nothing where nothing was done."""
        if not self.kind:
            return ""
        return f"{self.kind}:{self.name}" + (f"#{self.answered}" if self.answered else "")


def read_reference(text: str) -> Reference:
    """Return what a recorded text says; an empty one says that nothing was done yet."""
    named, _, answered = text.partition("#")
    kind, _, name = named.partition(":")
    return Reference(kind=kind, name=name, answered=int(answered or 0))


def begun(kind: str, at: datetime, *, after: Reference) -> Reference:
    """Return the reference of something done at a moment, in the same try."""
    return Reference(kind=kind, name=at.isoformat(), answered=after.answered)


def answered(at: datetime, *, after: Reference) -> Reference:
    """Return the reference of a try that was answered with a no: nothing of it is under way."""
    return Reference(kind="again", name=at.isoformat(), answered=after.answered + 1)
