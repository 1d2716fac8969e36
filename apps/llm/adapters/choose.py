"""The service that the settings name."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from apps.llm.adapters.port import LanguageModel


def language_model() -> LanguageModel:
    """The service, with its key, time-out and retries from the settings."""
    return _service(
        settings.ANTHROPIC_API_KEY, settings.ANTHROPIC_BASE_URL, settings.LLM_TIMEOUT, settings.LLM_MAX_RETRIES
    )


@lru_cache(maxsize=4)
def _service(api_key: str, base_url: str, timeout: float, max_retries: int) -> LanguageModel:
    from apps.llm.adapters.claude import Claude  # noqa: PLC0415 -- slow import

    return Claude(api_key=api_key, base_url=base_url or None, timeout=timeout, max_retries=max_retries)
