"""The port of another engine: it is told what to hold on which day, and keeps the books by itself."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Protocol

from apps.domain.errors import DomainError

if TYPE_CHECKING:
    from apps.domain.engine import Instructions
    from apps.domain.values.panel import FloatArray


class RefusedError(DomainError):
    """The other engine cannot say what the strategy asks for; `reasons` names each thing."""

    code = "not_sayable"

    def __init__(self, engine: str, reasons: tuple[str, ...]) -> None:
        super().__init__(f"{engine} cannot follow this run: {'; '.join(reasons)}.", reasons=list(reasons))
        self.reasons = reasons


class SecondEngine(Protocol):
    """`key` is the word in addresses and commands and the name of its package, `name` the word on pages."""

    key: str
    name: str

    def refusals(self, told: Instructions, /) -> tuple[str, ...]:
        """What of these instructions it cannot say, in words; empty when it can follow."""
        ...

    def equity(self, told: Instructions, /, *, progress: Callable[[float], None]) -> FloatArray:
        """Equity at each close of the window, by its own accounts. Raises RefusedError; what `progress` raises comes
        through."""
        ...


def installed_version(engine: SecondEngine, /) -> str | None:
    """The version that is installed beside us; None when it is not."""
    try:
        return version(engine.key)
    except PackageNotFoundError:
        return None
