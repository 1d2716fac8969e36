"""Deeds that join several apps: make the demo desk, and take one file through the whole line without a database."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.base import File
from django.utils import timezone

from apps.accounts.enums import Actor, Role
from apps.accounts.queries import actor_for_person, person_id_of
from apps.accounts.services import add_member
from apps.backtests import services as backtests
from apps.backtests.services.report import Reported
from apps.documents import services as documents
from apps.domain.language import Finding, NotRunnable, Severity, apply_value, findings, runnable
from apps.domain.values.inputs import Inputs
from apps.events.queries import due_event_ids
from apps.events.services import deliver
from apps.jobs.enums import Queue
from apps.jobs.queries import open_job_ids
from apps.jobs.services import run as run_job
from apps.marketdata import services as marketdata
from apps.marketdata.enums import DataSetKind
from apps.strategies import queries as strategy_queries
from apps.strategies import services as strategies
from apps.tenancy.queries import tenant_by_slug
from apps.tenancy.services import create_tenant, tenant_scope

DEMO_SLUG, DEMO_NAME, DEMO_PASSWORD = "meridian", "Meridian demo desk", "research-desk-demo"
DEMO_PEOPLE = (
    ("alice@meridian.example", "Alice Moreau", Role.ANALYST),
    ("bob@meridian.example", "Bob Lindqvist", Role.PORTFOLIO_MANAGER),
    ("vera@meridian.example", "Vera Osei", Role.VIEWER),
    ("connor@meridian.example", "Connor Hale", Role.COMPLIANCE_OFFICER),
    ("ada@meridian.example", "Ada Brandt", Role.TENANT_ADMIN),
)
NOTES = Path(settings.BASE_DIR) / "docs" / "research_notes"
_PATIENCE = 60.0  # seconds for work that a worker has taken up meanwhile


def seed(*, at: datetime, demo: bool) -> bool:
    """Load market data and, with `demo`, make the demo desk where it is missing. Returns whether the desk is new."""
    marketdata.load_all(at=at)
    if not demo or tenant_by_slug(slug=DEMO_SLUG) is not None:
        return False
    tenant = create_tenant(slug=DEMO_SLUG, name=DEMO_NAME, at=at)
    with tenant_scope(tenant.id):
        for email, name, role in DEMO_PEOPLE:
            is_staff = role in {Role.COMPLIANCE_OFFICER, Role.TENANT_ADMIN}
            add_member(
                tenant_id=tenant.id, email=email, name=name, role=role, password=DEMO_PASSWORD, at=at, is_staff=is_staff
            )
        alice, bob = _demo_actor(DEMO_PEOPLE[0][0]), _demo_actor(DEMO_PEOPLE[1][0])
        for note in sorted(NOTES.glob("*.pdf")):
            with note.open("rb") as handle:
                documents.upload(file=File(handle), file_name=note.name, actor=alice, at=timezone.now())
    _work_off(tenant.id)
    _approve_and_run_what_can(tenant.id, bob)
    _work_off(tenant.id)
    return True


def _demo_actor(email: str) -> Actor:
    actor = actor_for_person(person_id=person_id_of(email=email))
    if actor is None:
        raise RuntimeError(f"{email} has no desk")
    return actor


def _approve_and_run_what_can(tenant_id: UUID, actor: Actor) -> None:
    """Approve and run the drafts that leave nothing open; the others stay as questions."""
    with tenant_scope(tenant_id):
        for strategy in strategy_queries.strategies(status="draft"):
            if strategy.n_questions == 0:
                strategies.approve(strategy_id=strategy.id, actor=actor, at=timezone.now())
                backtests.start(strategy_id=strategy.id, actor=actor, at=timezone.now())


def _work_off(tenant_id: UUID) -> None:
    """Do a desk's queued work in this process: there may be no worker yet, and one that runs is welcome to share."""
    give_up = time.monotonic() + _PATIENCE
    while time.monotonic() < give_up:
        with tenant_scope(tenant_id):
            events = due_event_ids(at=timezone.now() + timedelta(hours=1))
            for event_id in events:
                deliver(event_id=event_id, at=timezone.now())
            jobs = open_job_ids(but=[Queue.PASSAGES])  # nobody waits for these
        for job_id in jobs:
            run_job(tenant_id=tenant_id, job_id=job_id)
        if not events and not jobs:
            return
    raise TimeoutError("The demo desk's work did not end; see the worker's log.")


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What one file became."""

    title: str
    remarks: tuple[str, ...]
    strategies: list[Reported]


def run_pipeline(*, path: Path, reader: str | None, answers: dict[str, str]) -> Pipeline:
    """Read a file, find its strategies, run and judge those that leave nothing open. Needs no database.

    `answers` sets parameters by name, as an analyst would type them. Raises what reading and running raise.
    """
    infos = {info.key: info for info in marketdata.catalogue_from_sources()}
    pages = documents.read_pages(path)
    reading = strategies.read_strategies(
        pages, title=path.stem, catalogue=strategies.catalogue_of(list(infos.values())), reader=reader
    )
    reported = []
    for draft in reading.drafts:
        for name, value in answers.items():
            if name in draft.parameters:
                draft = apply_value(draft, name=name, value=value, note="Given on the command line.")  # noqa: PLW2901 -- answered step by step
        reported.append(_report(draft, infos))
    return Pipeline(path.stem, reading.remarks, reported)


def _report(draft: Any, infos: dict[str, Any]) -> Reported:
    info = infos.get(str(draft.parameters[draft.data.dataset].value))
    facts: dict[str, Any] = {"datasets": tuple(i.key for i in infos.values() if i.kind == DataSetKind.BARS)}
    facts |= (
        {
            "fields": info.fields,
            "symbols": info.symbols,
            "first_day": info.first_day,
            "last_day": info.last_day,
            "n_days": info.n_days,
        }
        if info
        else {}
    )
    from apps.domain.engine import DataMissingError  # noqa: PLC0415 -- slow import

    try:
        spec = runnable(draft, **facts)
    except NotRunnable as error:
        return Reported(draft, tuple(error.findings))
    panel, info = marketdata.panel_from_source(key=str(spec.parameters[spec.data.dataset].value))
    benchmark = None
    if spec.evaluation.benchmark:
        symbol = str(spec.parameters[spec.evaluation.benchmark].value)
        holding = max((i for i in infos.values() if symbol in i.symbols), key=lambda i: i.n_days, default=None)
        benchmark = marketdata.panel_from_source(key=holding.key)[0] if holding else None
    try:
        judged = backtests.judge(spec=spec, panel=Inputs(panel=panel), benchmark=benchmark, n_trials=1)
    except DataMissingError as error:
        return Reported(draft, (Finding(error.code, Severity.ERROR, "/data/inputs", error.message),))
    return Reported(draft, tuple(findings(draft, **facts)), spec, judged, info)
