"""Of several exit codes the gravest is returned, and each error has its own."""

import pytest

from runner.cli.exits import exit_code_of, exit_code_of_error
from runner.model.findings import (
    NotAllowed,
    PlanFileError,
    PlanRefused,
    PlaybookError,
    ProviderError,
    ReadIncomplete,
    RunnerError,
    TenantLocked,
    Throttled,
    Unreachable,
    WrongTenant,
)
from runner.model.outcome import Standing

D, W, R, F, U = (
    Standing.DONE,
    Standing.WAITING,
    Standing.REFUSED,
    Standing.FAILED,
    Standing.UNREACHABLE,
)


@pytest.mark.parametrize(
    ("standings", "code"),
    [
        ((), 0),
        ((D, D), 0),
        ((D, W), 4),
        ((W, R), 5),
        ((W, R, F), 3),
        ((U, W, D), 3),
        ((R, D), 5),
    ],
)
def test_the_first_of_3_5_4_is_returned(standings: tuple[Standing, ...], code: int) -> None:
    assert exit_code_of(standings) == code
    assert exit_code_of(reversed(standings)) == code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PlaybookError(()), 65),
        (PlanFileError("no plan"), 65),
        (PlanRefused("changed"), 5),
        (TenantLocked("at work"), 5),
        (WrongTenant("another"), 5),
        (NotAllowed("no"), 1),
        (Unreachable("no answer"), 1),
        (ReadIncomplete("half"), 1),
        (ProviderError("what"), 1),
        (Throttled("later", retry_after_s=5), 1),
        (RunnerError("anything"), 1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_error_has_its_code(error: RunnerError, code: int) -> None:
    assert exit_code_of_error(error) == code
