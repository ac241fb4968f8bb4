"""Numbers, times and progress as people read them."""

from io import StringIO

import pytest

from runner.model.outcome import Event, EventKind
from runner.render.progress import Progress
from runner.render.words import counted, moment, said_by, span
from tests.builders import NOW


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 seats"), (1, "1 seat"), (2, "2 seats"), (1200, "1,200 seats")]
)
def test_things_are_counted(number: int, words: str) -> None:
    assert counted(number, "seat") == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 s"),
        (7, "7 s"),
        (89, "89 s"),
        (240, "4 min"),
        (4800, "80 min"),
        (7200, "2 h"),
        (7800, "2 h 10 min"),
    ],
)
def test_spans_are_in_whole_units(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_a_moment_has_its_day_and_zone() -> None:
    assert moment(NOW, "Europe/Rome") == "Mon 2026-11-23 10:00 (Europe/Rome)"
    assert moment(NOW.isoformat()) == "Mon 2026-11-23 09:00 (UTC)"
    assert moment(None) == ""


def test_a_problem_says_what_where_and_what_to_do() -> None:
    told = said_by("too-many-users", "412 users", where="book.yaml:31", hint="raise the limit")
    assert told == "error[too-many-users]: 412 users\n  book.yaml:31\nhint: raise the limit"


def _progress(seconds_per_user: float, users: int) -> str:
    stream, passed = StringIO(), [0.0]
    progress = Progress(stream, is_terminal=False, monotonic_s=lambda: passed[0])
    start = Event(
        seq=1, at=NOW, kind=EventKind.STEP_STARTED, tenant="contoso", data={"count": users}
    )
    progress.handle(start)
    for number in range(users):
        passed[0] += seconds_per_user
        outcome = Event(seq=number + 2, at=NOW, kind=EventKind.OUTCOME, tenant="contoso")
        progress.handle(outcome)
    progress.stop()
    return stream.getvalue()


def test_progress_is_told_in_plain_lines_with_count_rate_and_time_left() -> None:
    assert _progress(1.0, 8).splitlines() == [
        "contoso   2 of 8 users, 1/s, 6 s left",
        "contoso   7 of 8 users, 1/s, 1 s left",
    ]


def test_a_pause_is_told_with_how_far_the_tenant_is() -> None:
    stream = StringIO()
    progress = Progress(stream, is_terminal=False, monotonic_s=lambda: 0.0)
    progress.pausing("contoso", 5.0, 1)
    start = Event(seq=1, at=NOW, kind=EventKind.STEP_STARTED, tenant="contoso", data={"count": 300})
    progress.handle(start)
    progress.handle(Event(seq=2, at=NOW, kind=EventKind.OUTCOME, tenant="contoso"))
    progress.pausing("contoso", 30.4, 3)
    assert stream.getvalue().splitlines() == [
        "contoso   Graph asks for a pause of 5 s, after 1 refusal",
        "contoso   Graph asks for a pause of 30 s, after 3 refusals in a row, "
        "1 of 300 users so far",
    ]


def test_a_pause_is_told_whole_beside_bars_too() -> None:
    stream = StringIO()
    progress = Progress(stream, is_terminal=True, monotonic_s=lambda: 0.0)
    progress.pausing("[bold]contoso" + "o" * 80, 5.0, 1)
    progress.stop()
    assert stream.getvalue().startswith("[bold]contoso" + "o" * 80 + "   Graph asks for a pause")


def test_what_is_over_quickly_is_not_told() -> None:
    assert _progress(0.01, 100) == ""


def test_the_words_of_an_answer_do_not_move_the_cursor() -> None:
    said = said_by("not-allowed", "reading users: 403 \x1b[2Jno\u202e", hint="ask\x9b1m")
    assert said == "error[not-allowed]: reading users: 403 [2Jno\nhint: ask1m"
