"""What tokens cost: a table of the settings, dollars a million tokens, by the beginning of a model's name."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_UP, Decimal

from django.conf import settings

from apps.llm.adapters.port import ModelNotSetUp, Request, Usage

_MILLION = Decimal(1_000_000)
_SMALLEST = Decimal("0.000001")


def price_of(model: str) -> Mapping[str, Decimal]:
    """The prices of a model: input, output, cache_read, cache_write, batch (a factor). Raises ModelNotSetUp."""
    table: Mapping[str, Mapping[str, str]] = settings.ANTHROPIC_PRICES
    known = [name for name in table if model.startswith(name)]
    if not known:
        raise ModelNotSetUp(
            f"There is no price for the model {model}, so no budget can hold it. Ask an administrator to add it to ANTHROPIC_PRICES."
        )
    return {name: Decimal(amount) for name, amount in table[max(known, key=len)].items()}


def cost_of(usage: Usage, *, model: str, is_batch: bool = False) -> Decimal:
    """What an answer cost in dollars, rounded up to a millionth."""
    price = price_of(model)
    total = (
        usage.input_tokens * price["input"]
        + usage.output_tokens * price["output"]
        + usage.cache_read_tokens * price["cache_read"]
        + usage.cache_write_tokens * price["cache_write"]
    )
    return _rounded(total * (price["batch"] if is_batch else Decimal(1)) / _MILLION)


def most_it_may_cost(request: Request, *, input_tokens: int, is_batch: bool = False) -> Decimal:
    """The dollars that a request costs when nothing comes from the cache and the answer is as long as it may be."""
    usage = Usage(output_tokens=request.max_tokens)
    usage += Usage(cache_write_tokens=input_tokens) if request.has_cached_blocks else Usage(input_tokens=input_tokens)
    return cost_of(usage, model=request.model, is_batch=is_batch)


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(_SMALLEST, rounding=ROUND_UP)
