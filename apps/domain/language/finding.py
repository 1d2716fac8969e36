"""What a check has to say, in a form that a page can place beside the field it is about."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An error and a question stop a run; a warning does not."""

    ERROR = "error"
    QUESTION = "question"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check has to say. `pointer` is a JSON pointer into the specification."""

    code: str
    severity: Severity
    pointer: str
    message: str

    def as_dict(self) -> dict[str, str]:
        return {key: str(value) for key, value in asdict(self).items()}


def error(code: str, pointer: str, message: str) -> Finding:
    """A finding that stops a run."""
    return Finding(code, Severity.ERROR, pointer, message)


def warning(code: str, pointer: str, message: str) -> Finding:
    """A finding that a run may go on with."""
    return Finding(code, Severity.WARNING, pointer, message)
