"""Which reader reads: the one asked for, else the one that the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from apps.domain.errors import DomainError
from apps.llm.services import ask_without_account
from apps.strategies.adapters.claude_prompt import Limits
from apps.strategies.adapters.reader import Reader

if TYPE_CHECKING:
    from apps.llm.services import Answer, Heard, Request
    from apps.strategies.adapters.claude import Ask, Report


class UnknownReaderError(DomainError):
    """There is no reader of that name."""

    code = "unknown_reader"


def reader_named(name: str | None = None, *, ask: Ask | None = None, report: Report | None = None) -> Reader:
    """The reader of that name, "rules" or "claude"; by default the one of STRATEGY_READER. Raises UnknownReaderError.

    `ask` asks the model on somebody's account; without it a model is asked on nobody's, as for measuring readers.
    """
    match name or settings.STRATEGY_READER:
        case "rules":
            from apps.strategies.adapters.rules import RuleReader  # noqa: PLC0415 -- slow import

            return RuleReader()
        case "claude":
            from apps.strategies.adapters.claude import ClaudeReader  # noqa: PLC0415 -- only when it is wanted

            return ClaudeReader(limits=limits(), ask=ask or _ask, report=report)
        case other:
            raise UnknownReaderError(f"There is no reader “{other}”. Choose rules or claude.")


def limits() -> Limits:
    """What the settings say about readings by Claude."""
    return Limits(
        model=settings.ANTHROPIC_MODEL,
        find_model=settings.ANTHROPIC_MODEL_FIND,
        effort=settings.ANTHROPIC_EFFORT,
        section_tokens=settings.EXTRACTION_SECTION_TOKENS,
        document_tokens=settings.ANTHROPIC_TOKEN_BUDGET,
        max_strategies=settings.EXTRACTION_MAX_STRATEGIES,
        repair_rounds=settings.EXTRACTION_REPAIR_ROUNDS,
    )


def _ask(request: Request, heard: Heard | None) -> Answer:
    return ask_without_account(request, heard=heard)
