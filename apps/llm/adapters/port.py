"""The port of language models: what is asked, what is answered, and every way in which it fails."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import ClassVar, Literal, Protocol
from uuid import UUID

from pydantic import BaseModel

from apps.domain.errors import DomainError


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one answer. Input tokens exclude those read from and written to the cache."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cache_read_tokens + other.cache_read_tokens,
            self.cache_write_tokens + other.cache_write_tokens,
        )

    @property
    def sent(self) -> int:
        """Every token that was sent, cached or not."""
        return self.input_tokens + self.cache_read_tokens + self.cache_write_tokens


class ModelError(DomainError):
    """A language model gave no answer that can be used.

    `usage` is what was billed all the same; None when that is not known, and then `may_be_billed` says whether anything was.
    """

    code = "model_error"
    status = 503
    usage: Usage | None = None
    may_be_billed = False
    is_final: ClassVar[bool] = False
    """Whether asking the next question is pointless too."""


class ModelUnavailable(ModelError):  # noqa: N818 -- an answer to the user
    """The service is away, busy, too slow, or broke off. Counts for the circuit breaker."""

    code = "model_unavailable"
    is_final = True


class ModelNotSetUp(ModelError):  # noqa: N818 -- an answer to the user
    """There is no key, the key is refused, or the request itself is."""

    code = "model_not_set_up"
    is_final = True


class ModelPaused(ModelError):  # noqa: N818 -- an answer to the user
    """The circuit breaker is open."""

    code = "model_paused"
    is_final = True


class BudgetExceeded(ModelError):  # noqa: N818 -- an answer to the user
    """What the request may cost is more than what is left of a budget. Nothing was sent."""

    code = "budget_exceeded"
    status = 402
    is_final = True


class ModelDeclined(ModelError):  # noqa: N818 -- an answer to the user
    """The model refused to answer."""

    code = "model_declined"


class AnswerCutOff(ModelError):  # noqa: N818 -- an answer to the user
    """The answer ended in the middle."""

    code = "answer_cut_off"


class AnswerInvalid(ModelError):  # noqa: N818 -- an answer to the user
    """The answer does not have the form that was asked for."""

    code = "answer_invalid"


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of text; what stands before the end of a cached one is kept by the service and read again cheaply."""

    text: str
    is_cached: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side said."""

    role: Literal["user", "assistant"]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """One question. `output` is the form of the answer; `effort` is one of the service's words, empty for its default."""

    purpose: str
    model: str
    system: tuple[Block, ...]
    turns: tuple[Turn, ...]
    output: type[BaseModel]
    max_tokens: int
    effort: str = ""

    @property
    def key(self) -> str:
        """The hash of all that determines the answer."""
        said = {
            "model": self.model,
            "system": [asdict(block) for block in self.system],
            "turns": [asdict(turn) for turn in self.turns],
            "schema": self.output.model_json_schema(),
            "max_tokens": self.max_tokens,
            "effort": self.effort,
        }
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    @property
    def has_cached_blocks(self) -> bool:
        blocks = [*self.system, *(block for turn in self.turns for block in turn.blocks)]
        return any(block.is_cached for block in blocks)


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An answer as it came: text, the model that wrote it, why it ended, what it took."""

    text: str
    model: str
    stop_reason: str
    usage: Usage


@dataclass(frozen=True, slots=True)
class Answer:
    """A checked answer. `output` is an instance of the request's form; nothing in it is verified beyond that."""

    output: BaseModel
    text: str
    model: str
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True, slots=True)
class Account:
    """On whose account a model is asked: the desk, the subject of the work, the document, the person."""

    tenant_id: UUID
    subject_id: UUID
    document_id: UUID | None = None
    person_id: UUID | None = None


Heard = Callable[[int], None]
"""Told now and then how many characters of an answer have come; may raise to break off."""


class LanguageModel(Protocol):
    """A service of language models. Every method raises ModelError."""

    def count_tokens(self, request: Request, /) -> int: ...

    def answer(self, request: Request, /, *, heard: Heard | None = None) -> RawAnswer: ...

    def submit(self, requests: Sequence[tuple[str, Request]], /) -> str:
        """Hand in a batch of (name, request); its id."""
        ...

    def is_ended(self, batch_id: str, /) -> bool: ...

    def answers(self, batch_id: str, /) -> Iterable[tuple[str, RawAnswer | ModelError]]: ...


@dataclass(frozen=True, slots=True)
class Estimate:
    """The most that a request may take: tokens sent, and dollars."""

    input_tokens: int
    usd: Decimal
