"""What is wrong or worth knowing, said the same way everywhere, and the tree of errors."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A place in a file a person wrote; lines and columns count from 1, line 0 is no line."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        """Return `file:line`, the form every message uses."""
        return f"{self.file}:{self.line}" if self.line else self.file


class Severity(StrEnum):
    """How much a finding matters: an error refuses its tenant or file, the rest is told."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing a person should know, with numbers, the place and the way out.

    `where` is `file:line[:column]`, a tenant or a step. `accepted` is true once a person let an
    acceptable error pass with `--accept CODE`; `is_acceptable` says whether that is possible.
    """

    severity: Severity
    code: str
    summary: str
    detail: str = ""
    hint: str = ""
    where: str = ""
    is_acceptable: bool = False
    accepted: bool = False


class RunnerError(Exception):
    """Something that cannot go on, with a code, the place and the way out."""

    code = "error"

    def __init__(self, summary: str, *, hint: str = "", where: str = "") -> None:
        super().__init__(summary)
        self.summary = summary
        self.hint = hint
        self.where = where


class NotOnRecord(RunnerError):
    """Something was named that no record and no file knows."""

    code = "not-on-record"


class CannotWrite(RunnerError):
    """A file that was named for output cannot be written."""

    code = "output"

    def __init__(self, path: object, error: OSError) -> None:
        super().__init__(
            f"{path} cannot be written: {(error.strerror or str(error)).lower()}",
            hint="name a place in a folder that is there and that you may write to",
        )


class PlaybookError(RunnerError):
    """A playbook or inventory that cannot be used; carries every problem found in it."""

    code = "playbook"

    def __init__(self, problems: tuple[Finding, ...]) -> None:
        count = len(problems)
        super().__init__(f"{count} problem{'s' if count != 1 else ''} in the files given")
        self.problems = problems


class PlanFileError(RunnerError):
    """A plan file that is not a plan, or of another major version."""

    code = "plan-file"


class PlanRefused(RunnerError):
    """A plan that is whole but must not be applied: changed, too old, of another playbook."""

    code = "plan-refused"


class WrongTenant(RunnerError):
    """The sign-in leads to another tenant than the one that is meant."""

    code = "wrong-tenant"


class TenantLocked(RunnerError):
    """Another run is at work on the tenant."""

    code = "tenant-locked"


class LockLost(RunnerError):
    """The run's own lock on the tenant is gone, and somebody else may be at work by now."""

    code = "lock-lost"


class ProviderError(RunnerError):
    """The outside answered in a way that stops the work on one tenant."""

    code = "provider"


class Throttled(ProviderError):
    """The service asked for a pause longer than the run may wait."""

    code = "throttled"

    def __init__(self, summary: str, *, retry_after_s: float, hint: str = "") -> None:
        super().__init__(summary, hint=hint)
        self.retry_after_s = retry_after_s


class NotAllowed(ProviderError):
    """The sign-in works or not, but it may not do this: 401 and 403."""

    code = "not-allowed"


class SecretMissing(NotAllowed):
    """A secret is not where the inventory says it is."""

    code = "secret-missing"


class ReadIncomplete(ProviderError):
    """A list could not be read to its end; a half-read tenant is never treated as a small one."""

    code = "read-incomplete"


class Unreachable(ProviderError):
    """No usable answer came within the retries a read is given."""

    code = "unreachable"
