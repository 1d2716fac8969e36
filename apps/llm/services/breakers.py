"""Whether the models that this platform asks are working."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from apps.llm.adapters.breaker import Breaker, breaker_of


def breakers(*, at: datetime) -> list[Breaker]:
    """The circuit breaker of every model of the settings."""
    models = {settings.ANTHROPIC_MODEL, settings.ANTHROPIC_MODEL_FIND or settings.ANTHROPIC_MODEL}
    return [breaker_of(model, at=at) for model in sorted(models)]
