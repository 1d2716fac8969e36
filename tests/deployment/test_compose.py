"""compose.yaml is held to the code: every service it names can start, every variable it sets is read."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from apps.jobs.enums import Queue

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
OURS = {name: s for name, s in SERVICES.items() if s.get("image") == "fo-platform:0.1.0"}
SOURCES = "\n".join(p.read_text() for p in (ROOT / "fo_platform").rglob("*.py"))
# Read by a library of ours, not by our code: Django itself.
READ_BY_LIBRARIES = {"DJANGO_SETTINGS_MODULE"}


@pytest.mark.parametrize("name", sorted(OURS))
def test_environment_variable_of_a_service_is_read(name):
    unread = {v for v in OURS[name]["environment"] if v not in READ_BY_LIBRARIES and f'"{v}"' not in SOURCES}

    assert unread == set()


@pytest.mark.parametrize(
    ("name", "dependency", "condition"),
    [(n, d, c["condition"]) for n, s in SERVICES.items() for d, c in s.get("depends_on", {}).items()],
)
def test_dependency_exists_and_can_say_that_it_is_healthy(name, dependency, condition):
    assert dependency in SERVICES
    assert condition != "service_healthy" or "healthcheck" in SERVICES[dependency]


def test_every_queue_has_its_worker():
    consumed = [s["command"][s["command"].index("--queues") + 1] for s in OURS.values() if "worker" in s["command"]]

    assert sorted(consumed) == sorted(Queue.values)


def test_commands_name_things_that_exist():
    modules = re.findall(r"(fo_platform\.\w+)(?::application)", str([s["command"] for s in OURS.values()]))

    assert {hasattr(importlib.import_module(m), "application") for m in modules} == {True}


def test_images_are_pinned():
    assert [
        s["image"] for s in SERVICES.values() if re.search(r":(latest)?$", s["image"]) or ":" not in s["image"]
    ] == []


def test_only_the_proxy_is_reachable():
    assert [name for name, s in SERVICES.items() if "ports" in s] == ["proxy"]


def test_variables_without_default_are_in_the_example_file():
    wanted = set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text()))
    listed = set(re.findall(r"^(\w+)=", (ROOT / "docs/environment.example").read_text(), re.MULTILINE))

    assert wanted - listed == set()


@pytest.fixture
def production(django_db_setup):
    """The environment of the production settings, pointed at this run's own servers."""
    from django.conf import settings

    layout = settings.LAYOUT
    return {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "fo_platform.settings.production",
        "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "ALLOWED_HOSTS": "localhost",
        "DATABASE_URL": layout.database_url(role="fo_app"),
        "DATABASE_OWNER_URL": layout.database_url(role="fo_owner"),
        "VALKEY_URL": f"unix://{layout.valkey_socket}",
        "STORAGE_URL": f"file://{layout.storage}",
    }


def test_production_settings_pass_djangos_deployment_check(production):
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=production,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("missing", ["SECRET_KEY", "DATABASE_URL", "VALKEY_URL", "STORAGE_URL", "ALLOWED_HOSTS"])
def test_production_settings_without_a_variable_say_which(production, missing):
    production.pop(missing)

    done = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=production, capture_output=True, text=True
    )

    assert done.returncode != 0
    assert f"Set the environment variable {missing}" in done.stderr
