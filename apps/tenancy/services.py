"""Open a tenant's scope, and put a table under row-level security.

The database isolates; this module only tells it for whom. The tenant is set inside the transaction and for the
transaction (`set_config(..., true)`): set for the session it would leak to the next user of a pooled connection.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.apps import apps as registry
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import RunSQL

from apps.domain.errors import DomainError
from apps.tenancy.models import Tenant
from apps.tenancy.queries import _current

_SETTING, _PERSON_SETTING = "app.tenant", "app.person"
_person: ContextVar[UUID | None] = ContextVar("person", default=None)


class NoTenantError(DomainError):
    """A tenant's table was touched outside any tenant's scope: a fault of ours, never of the user."""

    code = "no_tenant"
    status = 500


class OtherTenantError(DomainError):
    """A scope was opened inside the scope of another tenant."""

    code = "other_tenant"
    status = 500


def create_tenant(*, slug: str, name: str, at: datetime) -> Tenant:
    """Register a new desk."""
    return Tenant.objects.create(slug=slug, name=name, created_at=at)


def set_four_eyes(*, tenant_id: UUID, on: bool) -> bool:
    """Keep a desk's choice; returns whether it changed. The caller holds the transaction and records it."""
    return bool(Tenant.objects.filter(id=tenant_id).exclude(four_eyes=on).update(four_eyes=on))


@contextmanager
def tenant_scope(tenant_id: UUID) -> Iterator[None]:
    """Run a block in one transaction, as one tenant.

    A scope of the same tenant inside a scope is a savepoint. Raises OtherTenantError for another tenant's.
    """
    outer = _current.get()
    if outer is not None and outer != tenant_id:
        raise OtherTenantError("A scope of one tenant was opened inside another's.")
    with transaction.atomic():
        if outer is not None:
            yield
            return
        token = _current.set(tenant_id)
        try:
            with _setting(_SETTING, str(tenant_id)):
                yield
        finally:
            _current.reset(token)


@contextmanager
def person_scope(person_id: UUID) -> Iterator[None]:
    """Run a block in which a person's own memberships can be read: before a sign-in knows its tenant."""
    with transaction.atomic():
        token = _person.set(person_id)
        try:
            with _setting(_PERSON_SETTING, str(person_id)):
                yield
        finally:
            _person.reset(token)


@contextmanager
def _setting(name: str, value: str) -> Iterator[None]:
    """Set for the rest of the transaction; inside a longer transaction, only until the block ends.

    When the block raises, the rollback to its savepoint puts the earlier value back.
    """
    nested = bool(connection.savepoint_ids)
    before = _exchange(name, value)
    yield
    if nested and not connection.needs_rollback:
        _exchange(name, before)


def _exchange(name: str, value: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH before AS (SELECT current_setting(%s, true) AS v) SELECT before.v, set_config(%s, %s, true) FROM before",
            [name, name, value],
        )
        row = cursor.fetchone()
    return (row[0] if row else None) or ""


# --- the guard -------------------------------------------------------------------------------------------------------


def install_guard(*, connection: BaseDatabaseWrapper, **kwargs: object) -> None:
    """Refuse statements on tenant tables outside a scope; the database refuses them too, but only once it meets a row."""
    if connection.alias == "default" and _guard not in connection.execute_wrappers:
        connection.execute_wrappers.append(_guard)


def _guard(execute: Callable[..., Any], sql: str, params: Any, many: Any, context: Mapping[str, Any]) -> Any:
    if _current.get() is None and _person.get() is None and (found := _tenant_tables().search(sql)):
        raise NoTenantError(f"The table {found.group(1)} was touched without a tenant.", table=found.group(1))
    return execute(sql, params, many, context)


@cache
def _tenant_tables() -> re.Pattern[str]:
    tables = [m._meta.db_table for m in registry.get_models(include_auto_created=True) if _is_tenant_model(m)]
    return re.compile(rf'"({"|".join(map(re.escape, sorted(tables)))})"') if tables else re.compile(r"(?!)")


def _is_tenant_model(model: Any) -> bool:
    return any(field.column == "tenant_id" for field in model._meta.local_concrete_fields)


# --- migrations ------------------------------------------------------------------------------------------------------


def isolate(
    table: str, *, parents: Mapping[str, str] | None = None, own_rows_of_person: str | None = None
) -> list[RunSQL]:
    """The migration operations that put a tenant table under row-level security.

    `parents` maps a foreign-key column to the tenant table it points at: the constraint is composite, so that a row
    cannot point into another tenant. `own_rows_of_person` names a column whose person may read the row without a tenant
    (memberships, at sign-in). Raises nothing; the catalogue test holds every tenant table to this.
    """
    condition = "tenant_id = (SELECT current_tenant())"
    if own_rows_of_person:
        condition = (
            "tenant_id = NULLIF((SELECT current_setting('app.tenant', true)), '')::uuid"
            f" OR {own_rows_of_person} = NULLIF((SELECT current_setting('app.person', true)), '')::uuid"
        )
    check = "tenant_id = (SELECT current_tenant())"
    forward = [f"ALTER TABLE {table} ADD CONSTRAINT {table}_tenant_key UNIQUE (tenant_id, id)"]
    for column, parent in (parents or {}).items():
        forward += [
            # Adding a constraint reads both tables; as their owner we may, while row-level security is not forced.
            f"ALTER TABLE {parent} NO FORCE ROW LEVEL SECURITY",
            (
                f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_tenant_fk FOREIGN KEY (tenant_id, {column})"
                f" REFERENCES {parent} (tenant_id, id) DEFERRABLE INITIALLY DEFERRED"
            ),
            f"ALTER TABLE {parent} FORCE ROW LEVEL SECURITY",
        ]
    forward += [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY tenant ON {table} USING ({condition}) WITH CHECK ({check})",
    ]
    backward = [
        f"DROP POLICY tenant ON {table}",
        f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    ]
    backward += [f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_tenant_fk" for column in parents or {}]
    backward.append(f"ALTER TABLE {table} DROP CONSTRAINT {table}_tenant_key")
    return [RunSQL(";\n".join(forward), ";\n".join(backward))]
