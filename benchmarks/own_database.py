"""A PostgreSQL and a Valkey of a benchmark's own, migrated and thrown away after it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def own_database() -> Iterator[None]:
    """Start the embedded services in a folder of their own, with Django set up on them."""
    folder = Path(tempfile.mkdtemp(prefix="fo-bench-"))
    folder.chmod(0o755)
    os.environ |= {
        "FO_VAR": str(folder),
        "DJANGO_SETTINGS_MODULE": "fo_platform.settings.embedded",
        "LOG_LEVEL": "ERROR",
    }
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    import celery_app  # noqa: F401 -- its broker is the one that jobs are announced to
    from fo_platform.embedded.__main__ import start_services
    from fo_platform.embedded.supervisor import Supervisor

    settings.LAYOUT.prepare()
    supervisor = Supervisor(layout=settings.LAYOUT, cwd=Path(__file__).parents[1])
    try:
        start_services(supervisor, settings.LAYOUT, durable=False)
        call_command("migrate", database="owner", verbosity=0)
        yield
    finally:
        supervisor.stop()
        for path in {folder, settings.LAYOUT.postgres_home, settings.LAYOUT.sockets}:
            shutil.rmtree(path, ignore_errors=True)
