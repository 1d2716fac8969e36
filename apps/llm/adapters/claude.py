"""Claude by way of the Messages API: the only place that knows Anthropic's SDK.

Answers are streamed, so that a long one does not time out, and structured by a schema that the service holds the model to.
The SDK asks again when the service is busy (429, 529, 5xx, no connection), honouring its retry-after; a stream that breaks in
the middle is asked again here.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import anthropic
import httpx2

from apps.llm.adapters.port import (
    Block,
    Heard,
    ModelError,
    ModelNotSetUp,
    ModelUnavailable,
    RawAnswer,
    Request,
    Usage,
)

_HEARD_EVERY = 0.5  # seconds
_CHARACTERS_PER_TOKEN = 3.0
_KEY = "Ask an administrator to check ANTHROPIC_API_KEY."


class Claude:
    """The service. `timeout` is in seconds of silence, `max_retries` how often a failing request is sent again."""

    def __init__(
        self, *, api_key: str, base_url: str | None = None, timeout: float = 120.0, max_retries: int = 2
    ) -> None:
        self._key, self._base_url = api_key, base_url
        self._timeout, self._retries = timeout, max_retries

    def count_tokens(self, request: Request, /) -> int:
        """The tokens that a request sends; asking is free."""
        asked = {name: value for name, value in _parameters(request).items() if name != "max_tokens"}
        with self._client() as client:
            return client.messages.count_tokens(**asked).input_tokens

    def answer(self, request: Request, /, *, heard: Heard | None = None) -> RawAnswer:
        """Stream the answer; `heard` is told as it grows."""
        lost = Usage()
        for attempt in range(self._retries + 1):
            try:
                found = self._stream(request, heard)
            except ModelUnavailable as error:
                broken = error.usage
                if broken is None or attempt == self._retries:
                    error.usage = (broken + lost) if broken is not None else (lost if lost.sent else None)
                    raise
                lost += broken
            else:
                return RawAnswer(found.text, found.model, found.stop_reason, found.usage + lost)
        raise AssertionError("unreachable")  # pragma: no cover

    def submit(self, requests: Sequence[tuple[str, Request]], /) -> str:
        """Hand in a batch; the service answers within a day at half the price."""
        asked: list[Any] = [{"custom_id": name, "params": _parameters(request)} for name, request in requests]
        with self._client() as client:
            return client.messages.batches.create(requests=asked).id

    def is_ended(self, batch_id: str, /) -> bool:
        """Whether the answers of a batch are in."""
        with self._client() as client:
            return client.messages.batches.retrieve(batch_id).processing_status == "ended"

    def answers(self, batch_id: str, /) -> Iterable[tuple[str, RawAnswer | ModelError]]:
        """Each request's name with its answer, or why there is none."""
        with self._client() as client:
            for line in client.messages.batches.results(batch_id):
                if line.result.type == "succeeded":
                    yield line.custom_id, _raw(line.result.message)
                else:
                    yield line.custom_id, ModelUnavailable(f"The request of the batch {line.result.type}.")

    def _stream(self, request: Request, heard: Heard | None) -> RawAnswer:
        last = time.monotonic()
        with self._client() as client:
            message = None
            try:
                with client.messages.stream(**_parameters(request)) as stream:
                    for event in stream:
                        message = stream.current_message_snapshot
                        if heard is not None and event.type == "text" and time.monotonic() - last > _HEARD_EVERY:
                            last = time.monotonic()
                            heard(len(event.snapshot))
            except (anthropic.APIError, httpx2.HTTPError) as error:
                if message is None:
                    raise
                raise _broken(message) from error
        if message is None or message.stop_reason is None:
            raise _broken(message)
        return _raw(message)

    @contextmanager
    def _client(self) -> Iterator[anthropic.Anthropic]:
        if not self._key:
            raise ModelNotSetUp(
                "There is no key for the model's service. Ask an administrator to set ANTHROPIC_API_KEY."
            )
        try:
            with anthropic.Anthropic(
                api_key=self._key,
                base_url=self._base_url,
                timeout=self._timeout,
                max_retries=self._retries,
                http_client=anthropic.DefaultHttpxClient(verify=_certificates()),
            ) as client:
                yield client
        except anthropic.APITimeoutError as error:
            raise _unavailable("The model did not answer in time.", may_be_billed=True) from error
        except (anthropic.AuthenticationError, anthropic.PermissionDeniedError) as error:
            raise ModelNotSetUp(f"The model's service refused the key. {_KEY}") from error
        except anthropic.PaymentRequiredError as error:
            raise ModelNotSetUp(
                "The account at the model's service has no credit left. Ask an administrator."
            ) from error
        except anthropic.APIStatusError as error:
            raise _of_status(error) from error
        except (anthropic.APIConnectionError, httpx2.HTTPError) as error:
            raise _unavailable("The model's service could not be reached, or broke off.") from error
        except (anthropic.AnthropicError, TypeError) as error:  # the client raises TypeError when its set-up is wrong
            raise ModelNotSetUp(f"The model's service is not set up. {_KEY}") from error


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    """Loaded once: a client of its own for each request would spend a tenth of a second on it."""
    return httpx2.create_ssl_context()


def _of_status(error: anthropic.APIStatusError) -> ModelError:
    status = error.status_code
    if status in {408, 409, 429} or status >= 500 or status == 200:  # 200: an error in the middle of a stream
        return _unavailable(f"The model's service is busy or failing (error {status}).", upstream=status)
    return ModelNotSetUp(
        f"The model's service did not take the request (error {status}). Ask an administrator to check ANTHROPIC_MODEL.",
        upstream=status,
    )


def _unavailable(message: str, *, may_be_billed: bool = False, **details: object) -> ModelUnavailable:
    error = ModelUnavailable(message, **details)
    error.may_be_billed = may_be_billed
    return error


def _broken(message: Any) -> ModelUnavailable:
    """The stream ended in the middle: what was sent and heard so far is billed."""
    error = _unavailable("The model's answer broke off in the middle.", may_be_billed=True)
    if message is not None:
        usage, said = _usage(message), _text(message)
        estimate = max(usage.output_tokens, int(len(said) / _CHARACTERS_PER_TOKEN))
        error.usage = Usage(usage.input_tokens, estimate, usage.cache_read_tokens, usage.cache_write_tokens)
    return error


def _parameters(request: Request) -> dict[str, Any]:
    config: dict[str, Any] = {"format": {"type": "json_schema", "schema": anthropic.transform_schema(request.output)}}
    if request.effort:
        config["effort"] = request.effort
    return {
        "model": request.model,
        "max_tokens": request.max_tokens,
        "system": [_block(block) for block in request.system],
        "messages": [{"role": turn.role, "content": [_block(b) for b in turn.blocks]} for turn in request.turns],
        "output_config": config,
    }


def _block(block: Block) -> dict[str, Any]:
    said: dict[str, Any] = {"type": "text", "text": block.text}
    return said | {"cache_control": {"type": "ephemeral"}} if block.is_cached else said


def _raw(message: Any) -> RawAnswer:
    return RawAnswer(_text(message), str(message.model), str(message.stop_reason), _usage(message))


def _text(message: Any) -> str:
    return "".join(block.text for block in message.content if block.type == "text")


def _usage(message: Any) -> Usage:
    usage = message.usage
    return Usage(
        usage.input_tokens or 0,
        usage.output_tokens or 0,
        usage.cache_read_input_tokens or 0,
        usage.cache_creation_input_tokens or 0,
    )
