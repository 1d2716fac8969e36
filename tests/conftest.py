"""Fixtures for every test: real PostgreSQL and Valkey of this run's own, two desks, and people on them."""

from __future__ import annotations

import contextvars
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from hypothesis import settings as hypothesis_settings

from apps.accounts.enums import Actor, Role

# How long a case takes says nothing about it: the first one of a loop compiles it, and machines are shared.
hypothesis_settings.register_profile("platform", deadline=None)
hypothesis_settings.load_profile("platform")

pytest_plugins = ["tests.fixtures_llm", "tests.fixtures_marketdata", "tests.fixtures_meaning"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the tests marked slow, and only those")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The slow lane is a lane of its own: `make fuzz`."""
    chosen = [item for item in items if ("slow" in item.keywords) == config.getoption("--slow")]
    if len(chosen) < len(items):
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = chosen


@pytest.fixture(scope="session")
def embedded_services() -> Iterator[None]:
    """PostgreSQL and Valkey, started for this run and thrown away after it."""
    from django.conf import settings

    from fo_platform.embedded.__main__ import start_services
    from fo_platform.embedded.supervisor import Supervisor

    layout = settings.LAYOUT
    layout.prepare()
    supervisor = Supervisor(layout=layout, cwd=Path(__file__).parents[1])
    start_services(supervisor, layout, durable=False)
    yield
    supervisor.stop()
    for folder in {layout.var, layout.postgres_home, layout.sockets}:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_setup(embedded_services: None, django_db_blocker: Any) -> Iterator[None]:
    """Migrate as the owner; tests then connect as the application's own role."""
    from django.core.management import call_command
    from django.db import connections

    with django_db_blocker.unblock():
        call_command("migrate", database="owner", verbosity=0)
    yield
    with django_db_blocker.unblock():
        connections.close_all()


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


class Desk:
    """A tenant and the people on it."""

    def __init__(self, slug: str, name: str, at: datetime) -> None:
        from apps.tenancy.services import create_tenant

        self.tenant = create_tenant(slug=slug, name=name, at=at)
        self._at = at

    @property
    def id(self) -> Any:
        return self.tenant.id

    def person(self, name: str, role: Role, *, is_staff: bool = False) -> Actor:
        return in_new_context(self._add, name, role, is_staff)  # type: ignore[no-any-return]

    def _add(self, name: str, role: Role, is_staff: bool) -> Actor:
        from apps.accounts.queries import actor_for_person
        from apps.accounts.services import add_member
        from apps.tenancy.services import tenant_scope

        email = f"{name.lower()}@{self.tenant.slug}.example"
        with tenant_scope(self.id):
            person = add_member(
                tenant_id=self.id, email=email, name=name, role=role, password=None, at=self._at, is_staff=is_staff
            )
        actor = actor_for_person(person_id=person.id)
        assert actor is not None
        return actor


def in_new_context(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call as a fresh request or task would: no tenant's scope is open."""
    return contextvars.Context().run(function, *args, **kwargs)


@pytest.fixture
def other_desk(db: None, now: datetime) -> Desk:
    return Desk("harbour", "Harbour Capital", now)


@pytest.fixture
def charlie(other_desk: Desk) -> Actor:
    return other_desk.person("Charlie", Role.ANALYST)


@pytest.fixture
def lone_desk(db: None, now: datetime) -> Desk:
    """A desk whose scope is not open."""
    return Desk("meridian", "Meridian Research", now)


@pytest.fixture
def desk(lone_desk: Desk, other_desk: Desk) -> Iterator[Desk]:
    """The desk of the test, with its scope open."""
    from apps.tenancy.services import tenant_scope

    with tenant_scope(lone_desk.id):
        yield lone_desk


@pytest.fixture
def alice(desk: Desk) -> Actor:
    return desk.person("Alice", Role.ANALYST)


@pytest.fixture
def bob(desk: Desk) -> Actor:
    return desk.person("Bob", Role.PORTFOLIO_MANAGER)


@pytest.fixture
def viewer(desk: Desk) -> Actor:
    return desk.person("Vera", Role.VIEWER)


@pytest.fixture
def compliance(desk: Desk) -> Actor:
    return desk.person("Connor", Role.COMPLIANCE_OFFICER, is_staff=True)


@pytest.fixture
def administrator(desk: Desk) -> Actor:
    return desk.person("Ada", Role.TENANT_ADMIN, is_staff=True)


class FreshClient(Client):
    """A test client whose requests run outside the test's own tenant scope, as real ones do."""

    def request(self, **request: Any) -> Any:
        return in_new_context(super().request, **request)


@pytest.fixture
def stranger() -> FreshClient:
    return FreshClient()


@pytest.fixture
def client_of() -> Callable[[Actor], FreshClient]:
    def sign_in(actor: Actor) -> FreshClient:
        from apps.accounts.models import Person

        client = FreshClient()
        client.force_login(Person.objects.get(id=actor.person_id), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


@pytest.fixture
def run_jobs(db: None) -> Callable[[], None]:
    """Do queued jobs and pending deliveries, in this process, until none is left."""

    def work() -> None:
        from django.utils import timezone

        from apps.events.enums import DeliveryStatus
        from apps.events.models import Delivery
        from apps.events.services import deliver
        from apps.jobs.enums import JobStatus
        from apps.jobs.models import Job
        from apps.jobs.services import run
        from apps.tenancy.queries import tenant_ids
        from apps.tenancy.services import tenant_scope

        def sweep(tenant_id: Any) -> bool:
            with tenant_scope(tenant_id):
                events = list(
                    dict.fromkeys(
                        Delivery.objects.filter(status=DeliveryStatus.PENDING, attempts=0).values_list(
                            "event_id", flat=True
                        )
                    )
                )
                for event_id in events:
                    deliver(event_id=event_id, at=timezone.now())
                jobs = list(Job.objects.filter(status=JobStatus.QUEUED).values_list("id", flat=True))
            for job_id in jobs:
                run(tenant_id=tenant_id, job_id=job_id)
            return bool(events or jobs)

        for _ in range(50):
            if not sum(in_new_context(sweep, tenant_id) for tenant_id in tenant_ids()):
                return
        raise AssertionError("work never ends")

    return work


@pytest.fixture(scope="session")
def demo_platform() -> Iterator[Any]:
    """The whole platform with its demo desk, as `make run` starts it; one for all tests that only use it."""
    from tests.platform.running import Platform

    running = Platform(demo=True)
    yield running
    running.remove()
