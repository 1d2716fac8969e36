"""Which reader reads: the one asked for, else the one that the settings name."""

from __future__ import annotations

from django.conf import settings

from apps.domain.errors import DomainError
from apps.strategies.adapters.reader import Reader


class UnknownReaderError(DomainError):
    """There is no reader of that name."""

    code = "unknown_reader"


def reader_named(name: str | None = None) -> Reader:
    """The reader of that name, "rules" or "claude"; by default the one of STRATEGY_READER. Raises UnknownReaderError."""
    match name or settings.STRATEGY_READER:
        case "rules":
            from apps.strategies.adapters.rules import RuleReader  # noqa: PLC0415 -- slow import

            return RuleReader()
        case "claude":
            from apps.strategies.adapters.claude import ClaudeReader  # noqa: PLC0415 -- slow import

            return ClaudeReader(model=settings.ANTHROPIC_MODEL, token_budget=settings.ANTHROPIC_TOKEN_BUDGET)
        case other:
            raise UnknownReaderError(f"There is no reader “{other}”. Choose rules or claude.")
