"""The local Messages API, as the service that the settings name."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tests.llm.server import MessagesApi


@pytest.fixture
def messages_api() -> Iterator[MessagesApi]:
    """The server alone."""
    server = MessagesApi()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture
def model_service(messages_api: MessagesApi, settings, embedded_services) -> Iterator[MessagesApi]:
    """The server as the platform's language model; breakers are closed before and after."""
    from apps.llm.adapters.breaker import note_success

    settings.ANTHROPIC_API_KEY = "test"
    settings.ANTHROPIC_BASE_URL = messages_api.url
    settings.ANTHROPIC_MODEL = "claude-sonnet-test"
    settings.LLM_TIMEOUT = 5.0
    settings.LLM_MAX_RETRIES = 0
    note_success("claude-sonnet-test")
    yield messages_api
    note_success("claude-sonnet-test")
