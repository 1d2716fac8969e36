"""Ask a language model on a desk's account: one question, or a batch of them."""

from apps.llm.adapters.breaker import Breaker
from apps.llm.adapters.port import (
    Account,
    Answer,
    AnswerCutOff,
    AnswerInvalid,
    Block,
    BudgetExceeded,
    Heard,
    ModelDeclined,
    ModelError,
    ModelNotSetUp,
    ModelPaused,
    ModelUnavailable,
    Request,
    Turn,
    Usage,
)
from apps.llm.models import ModelBatch
from apps.llm.services.asking import ask, ask_without_account, recorded
from apps.llm.services.batches import batch_is_ended, collect, give_up, submit
from apps.llm.services.breakers import breakers
from apps.llm.services.budgets import forget_answers, set_budget

__all__ = [
    "Account",
    "Answer",
    "AnswerCutOff",
    "AnswerInvalid",
    "Block",
    "Breaker",
    "BudgetExceeded",
    "Heard",
    "ModelBatch",
    "ModelDeclined",
    "ModelError",
    "ModelNotSetUp",
    "ModelPaused",
    "ModelUnavailable",
    "Request",
    "Turn",
    "Usage",
    "ask",
    "ask_without_account",
    "batch_is_ended",
    "breakers",
    "collect",
    "forget_answers",
    "give_up",
    "recorded",
    "set_budget",
    "submit",
]
