"""What a desk's events look like to people and to other systems."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import pytest

from apps.backtests.events import BacktestFinished
from apps.events.models import Delivery
from apps.events.services import append, deliver

OURS = ["activity", "notices", "hooks"]


@pytest.fixture
def happen(desk, now):
    """Append an event and hand it to its subscribers."""

    def go(data, subject_id=None, at=now):
        event = append(tenant_id=desk.id, subject_id=subject_id or uuid4(), data=data, actor_id=None, at=at)
        deliver(event_id=event.id, at=at)
        assert set(Delivery.objects.filter(event=event, subscriber__in=OURS).values_list("last_error", flat=True)) == {
            ""
        }
        return event

    return go


def finished(person=None, title="Time-series momentum", verdict="Reproduced"):
    return BacktestFinished(
        title=title,
        fingerprint="f" * 64,
        order_hash="o" * 64,
        verdict=verdict,
        asked_by=person.person_id if person else None,
    )


class Listener:
    """A web server of another system: remembers what was posted and answers as told."""

    def __init__(self):
        self.got, self.status, self.delay, self.location = [], 200, 0.0, ""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                outer.got.append((self.path, dict(self.headers), body))
                time.sleep(outer.delay)
                self.send_response(outer.status)
                if outer.location:
                    self.send_header("Location", outer.location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/hook?source=desk"


@pytest.fixture
def listener(settings):
    """Listens on this machine, which the operator has listed."""
    settings.HOOK_ALLOWED_HOSTS = ["127.0.0.1"]
    server = Listener()
    yield server
    server.server.shutdown()
    server.server.server_close()
