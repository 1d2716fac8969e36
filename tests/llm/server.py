"""A server on this machine that answers like the Messages API: streams, token counts, batches, and every way to fail."""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Body = dict[str, Any]


@dataclass
class Said:
    """One answer. `breaks_after` cuts the connection after so many characters; `pause` waits between pieces."""

    content: object = ""
    stop_reason: str | None = "end_turn"
    status: int = 200
    kind: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    pause: float = 0.0
    breaks_after: int | None = None
    fails_after: int | None = None
    usage: dict[str, int] = field(default_factory=lambda: {"input_tokens": 1200, "output_tokens": 340})

    @property
    def text(self) -> str:
        return self.content if isinstance(self.content, str) else json.dumps(self.content)


def busy(status: int = 529, kind: str = "overloaded_error", retry_after: str = "0") -> Said:
    return Said(status=status, kind=kind, headers={"retry-after": retry_after})


Answerer = Callable[[Body], Said]


class MessagesApi(ThreadingHTTPServer):
    """`answers` are given in order, the last one for good; or `answerer` decides by the request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[Said] = []
        self.answerer: Answerer | None = None
        self.requests: list[Body] = []
        self.times: list[float] = []
        self.counted: list[Body] = []
        self.tokens = 1000
        self.count_status = 200
        self.batches: dict[str, list[Body]] = {}
        self.is_batch_ended = True
        self.fail_batch_items: set[int] = set()
        self._turn = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def next(self, body: Body) -> Said:
        with self._turn:
            self.requests.append(body)
            self.times.append(time.monotonic())
            if self.answerer is not None:
                return self.answerer(body)
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class _Handler(BaseHTTPRequestHandler):
    server: MessagesApi
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        path = self.path.split("?")[0]
        if path.endswith("/count_tokens"):
            self.server.counted.append(body)
            if self.server.count_status != 200:
                return self._fail(busy(self.server.count_status))
            return self._json({"input_tokens": self.server.tokens})
        if path.endswith("/batches"):
            return self._submit(body)
        said = self.server.next(body)
        time.sleep(said.delay)
        if said.status != 200:
            return self._fail(said)
        return self._stream(body, said) if body.get("stream") else self._json(_message(body, said))

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        if found := re.fullmatch(r".*/batches/(\w+)/results", path):
            lines = []
            for at, item in enumerate(self.server.batches[found[1]]):
                result: Body = {
                    "type": "errored",
                    "error": {"type": "error", "error": {"type": "api_error", "message": "x"}},
                }
                if at not in self.server.fail_batch_items:
                    said = self.server.next(item["params"])
                    result = {"type": "succeeded", "message": _message(item["params"], said)}
                lines.append(json.dumps({"custom_id": item["custom_id"], "result": result}))
            return self._bytes("\n".join(lines).encode(), "application/x-jsonl")
        return self._json(self._batch(path.rsplit("/", 1)[-1]))

    def _submit(self, body: Body) -> None:
        name = f"msgbatch_{len(self.server.batches) + 1}"
        if self.server.answers and self.server.answers[0].status != 200:
            return self._fail(self.server.answers[0])
        self.server.batches[name] = body["requests"]
        return self._json(self._batch(name))

    def _batch(self, name: str) -> Body:
        ended = self.server.is_batch_ended
        moment = "2026-03-02T09:30:00Z"
        return {
            "id": name, "type": "message_batch", "processing_status": "ended" if ended else "in_progress", "created_at": moment,
            "expires_at": moment, "ended_at": moment if ended else None, "archived_at": None, "cancel_initiated_at": None,
            "request_counts": {"processing": 0, "succeeded": 1, "errored": 0, "canceled": 0, "expired": 0},
            "results_url": f"{self.server.url}/v1/messages/batches/{name}/results" if ended else None,
        }  # fmt: skip

    def _fail(self, said: Said) -> None:
        self._json({"type": "error", "error": {"type": said.kind, "message": "later"}}, said.status, said.headers)

    def _json(self, body: Body, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self._bytes(json.dumps(body).encode(), "application/json", status, headers)

    def _bytes(self, payload: bytes, kind: str, status: int = 200, headers: dict[str, str] | None = None) -> None:
        try:
            self.send_response(status)
            for name, value in {"content-type": kind, "content-length": str(len(payload)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(payload)
        except OSError:  # the client has given up waiting
            self.close_connection = True

    def _stream(self, body: Body, said: Said) -> None:
        self.close_connection = True
        try:
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("connection", "close")
            self.end_headers()
            start = _message(body, said) | {"content": [], "stop_reason": None}
            start["usage"] = {**said.usage, "output_tokens": 1}
            self._event({"type": "message_start", "message": start})
            self._event({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})
            text = said.text
            for at in range(0, len(text), 400):
                piece = text[at : at + 400]
                if said.breaks_after is not None and at + len(piece) > said.breaks_after:
                    return self._reset()
                if said.fails_after is not None and at + len(piece) > said.fails_after:
                    failed = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
                    return self._event(failed)
                self._event({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}})
                time.sleep(said.pause)
            self._event({"type": "content_block_stop", "index": 0})
            delta = {"stop_reason": said.stop_reason, "stop_sequence": None}
            self._event(
                {"type": "message_delta", "delta": delta, "usage": {"output_tokens": said.usage["output_tokens"]}}
            )
            self._event({"type": "message_stop"})
        except OSError:
            pass

    def _event(self, data: Body) -> None:
        self.wfile.write(f"event: {data['type']}\ndata: {json.dumps(data)}\n\n".encode())
        self.wfile.flush()

    def _reset(self) -> None:
        """End the connection with a reset rather than a close."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def log_message(self, *args) -> None:
        return


def _message(body: Body, said: Said) -> Body:
    return {
        "id": "msg_1", "type": "message", "role": "assistant", "model": body["model"],
        "content": [{"type": "text", "text": said.text}], "stop_reason": said.stop_reason, "stop_sequence": None, "usage": said.usage,
    }  # fmt: skip


def text_of(body: Body) -> str:
    """Everything that a request says to the model, in one string."""
    blocks = [*body["system"], *(block for turn in body["messages"] for block in turn["content"])]
    return "\n".join(block["text"] for block in blocks)
