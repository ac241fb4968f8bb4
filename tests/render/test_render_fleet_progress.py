"""How far a command over many tenants is, as one line now and then."""

from io import StringIO

import pytest

from runner.model.outcome import Event, EventKind
from runner.render.fleet_progress import FleetProgress
from tests.builders import NOW

ENDINGS = {3: "failed", 4: "not_started", 5: "waiting"}


class Watched:
    """Progress over a thousand tenants, with a clock that goes when told."""

    def __init__(self, *, is_terminal: bool = False) -> None:
        self.stream = StringIO()
        self.now_s = 0.0
        self.progress = FleetProgress(
            self.stream, tenants=1000, is_terminal=is_terminal, monotonic_s=lambda: self.now_s
        )

    def finish(self, tenants: int, *, each_s: float = 1.0) -> None:
        """Let tenants end one after the other."""
        for number in range(tenants):
            self.now_s += each_s
            self.tell(EventKind.TENANT_FINISHED, standing=ENDINGS.get(number, "done"))

    def tell(self, kind: EventKind, *, tenant: str = "contoso", **details: object) -> None:
        """Tell an event."""
        self.progress.handle(Event(seq=1, at=NOW, kind=kind, tenant=tenant, data=details))


def test_a_line_every_five_seconds_says_how_many_tenants_are_over() -> None:
    watched = Watched()
    watched.finish(12)
    assert watched.stream.getvalue().splitlines() == [
        "2 of 1,000 tenants, about 17 min left",
        "7 of 1,000 tenants, 1 failed, 1 waiting, 1 not started, about 17 min left",
        "12 of 1,000 tenants, 1 failed, 1 waiting, 1 not started, about 16 min left",
    ]


def test_users_and_pauses_are_counted_instead_of_told() -> None:
    watched = Watched()
    for number in range(60):
        watched.progress.pausing(f"tenant-{number}", 4.0, 1)
        watched.progress.reading(f"tenant-{number}", 10_000)
        watched.tell(EventKind.OUTCOME, subject="someone", status="changed")
        watched.tell(EventKind.OUTCOME, subject="another", status="refused")
    watched.now_s = 3.0
    watched.progress.reading("tenant-0", 20_000)
    watched.finish(6)
    assert watched.stream.getvalue().splitlines() == [
        "0 of 1,000 tenants, 60 changes, 60 tenants paused by Graph",
        "5 of 1,000 tenants, 1 failed, 1 not started, 60 changes, about 27 min left",
    ]


def test_on_a_terminal_one_line_is_written_over_and_taken_away_for_others() -> None:
    watched = Watched(is_terminal=True)
    watched.finish(3)
    watched.tell(EventKind.WAVE_FINISHED, tenant="", wave=1)
    written = watched.stream.getvalue()
    assert "\n" not in written
    assert written.split("\r\x1b[K")[1:] == [
        "2 of 1,000 tenants, about 17 min left",
        "3 of 1,000 tenants, about 17 min left",
        "",
    ]
    watched.progress.stop()
    assert watched.stream.getvalue() == written


@pytest.mark.parametrize("is_terminal", [True, False])
def test_what_is_over_quickly_is_not_told(is_terminal: bool) -> None:
    watched = Watched(is_terminal=is_terminal)
    watched.finish(1000, each_s=0.001)
    watched.progress.stop()
    assert watched.stream.getvalue() == ""
