"""The circuit breaker of a model, shared by all processes through the cache.

After a number of failures in a row it opens: nobody asks, so that documents do not queue behind time-outs. After a while one
caller may try (half-open); its success closes the breaker, its failure opens it again. It knows models and no desk.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache

from apps.llm.adapters.port import ModelPaused
from apps.llm.enums import BreakerState

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Breaker:
    """The state of a model's breaker."""

    model: str
    state: BreakerState
    n_failures: int
    opened_until: datetime | None


def breaker_of(model: str, *, at: datetime) -> Breaker:
    """The state now."""
    until: datetime | None = cache.get(_key(model, "until"))
    n: int = cache.get(_key(model, "failures"), 0)
    if until is None:
        return Breaker(model, BreakerState.CLOSED, n, None)
    return Breaker(model, BreakerState.OPEN if at < until else BreakerState.HALF_OPEN, n, until)


def require_closed(model: str, *, at: datetime) -> None:
    """Let the caller ask, as the one on trial where the breaker is half-open. Raises ModelPaused."""
    found = breaker_of(model, at=at)
    if found.state == BreakerState.CLOSED:
        return
    if found.state == BreakerState.HALF_OPEN and cache.add(_key(model, "trial"), 1, timeout=settings.LLM_TIMEOUT + 30):
        return
    until = f" until {found.opened_until:%H:%M} UTC" if found.state == BreakerState.OPEN and found.opened_until else ""
    raise ModelPaused(
        f"The model's service failed {found.n_failures} times in a row, so it is left alone{until}. Try again later.",
        model=model,
    )


def note_success(model: str) -> None:
    """Close the breaker."""
    cache.delete_many([_key(model, name) for name in ("failures", "until", "trial")])


def note_failure(model: str, *, at: datetime) -> None:
    """Count a failure; the one that makes it enough opens the breaker."""
    key = _key(model, "failures")
    cache.add(key, 0, timeout=_DAY)
    try:
        n = cache.incr(key)
    except ValueError:  # it ran out between the two
        cache.set(key, 1, timeout=_DAY)
        n = 1
    if n >= settings.LLM_BREAKER_FAILURES:
        cache.set(_key(model, "until"), at + timedelta(seconds=settings.LLM_BREAKER_SECONDS), timeout=_DAY)
    cache.delete(_key(model, "trial"))


def _key(model: str, name: str) -> str:
    return f"llm-breaker:{model}:{name}"


def give_back(model: str) -> None:
    """The one on trial did not ask after all: the next may."""
    cache.delete(_key(model, "trial"))
