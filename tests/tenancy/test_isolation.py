"""No desk sees another's rows; code that forgot the desk fails loudly."""

from __future__ import annotations

import pytest
from django.db import ProgrammingError, connection, transaction

from apps.accounts.models import Membership
from apps.tenancy.services import NoTenantError, OtherTenantError, tenant_scope
from tests.conftest import in_new_context


def test_tenant_table_without_scope_raises(lone_desk):
    lone_desk.person("Alice", "analyst")

    with pytest.raises(NoTenantError):
        list(Membership.objects.all())


def test_tenant_table_by_raw_sql_without_scope_is_refused_by_the_database(lone_desk):
    from apps.events.models import Event

    lone_desk.person("Alice", "analyst")
    table = Event._meta.db_table

    with pytest.raises(ProgrammingError, match="no tenant is set"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")


def test_scope_of_one_desk_shows_only_its_rows(lone_desk, other_desk):
    lone_desk.person("Alice", "analyst")
    other_desk.person("Charlie", "analyst")

    with tenant_scope(lone_desk.id):
        seen = set(Membership.objects.values_list("tenant_id", flat=True))

    assert seen == {lone_desk.id}


def test_insert_for_another_desk_is_refused(lone_desk, other_desk, now):
    person = lone_desk.person("Alice", "analyst")

    with pytest.raises(ProgrammingError, match="row-level security"), tenant_scope(lone_desk.id):
        Membership.objects.create(tenant_id=other_desk.id, person_id=person.person_id, role="viewer", created_at=now)


def test_scope_inside_another_desks_scope_raises(lone_desk, other_desk):
    with tenant_scope(lone_desk.id), pytest.raises(OtherTenantError), tenant_scope(other_desk.id):
        pass


def test_scope_leaves_no_tenant_behind(lone_desk):
    with tenant_scope(lone_desk.id):
        pass

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.tenant', true)")
        assert (cursor.fetchone()[0] or "") == ""


def test_fresh_context_inside_a_scope_gets_its_own_and_gives_the_outer_back(lone_desk, other_desk):
    other_desk.person("Charlie", "analyst")

    def inner():
        with tenant_scope(other_desk.id):
            return Membership.objects.count()

    with tenant_scope(lone_desk.id):
        count = in_new_context(inner)
        mine = Membership.objects.count()

    assert (count, mine) == (1, 0)


def test_application_role_owns_nothing_and_cannot_bypass(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        flags = cursor.fetchone()
        cursor.execute(
            "SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE r.rolname = current_user"
        )
        owned = cursor.fetchone()[0]

    assert flags == (False, False)
    assert owned == 0
