"""Ask PostgreSQL's own catalogue whether every tenant table is isolated."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection, models

OURS = [m for m in apps.get_models(include_auto_created=True) if m.__module__.startswith("apps.")]
TENANT_MODELS = [m for m in OURS if any(f.column == "tenant_id" for f in m._meta.local_concrete_fields)]
# Rows that belong to no desk: desks and people themselves, and market data that every desk reads.
SHARED = {"tenancy.Tenant", "accounts.Person", "accounts.Person_groups", "accounts.Person_user_permissions"}

# Read by a function of the owner that states the tenant itself, because a policy would keep the index from being used.
OWNER_MAY_SEARCH = {"documents.PageText": ["owner_searches"]}


def ids(model):
    return model._meta.label


@pytest.mark.parametrize("model", TENANT_MODELS, ids=ids)
def test_tenant_table_has_forced_row_level_security(db, model):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = %s AND relkind = 'r'",
            [model._meta.db_table],
        )
        flags = cursor.fetchone()
        cursor.execute(
            "SELECT qual, with_check FROM pg_policies WHERE tablename = %s AND policyname <> ALL (%s)",
            [model._meta.db_table, list(OWNER_MAY_SEARCH.get(model._meta.label, []))],
        )
        policies = cursor.fetchall()

    assert flags == (True, True)
    [(qual, check)] = policies
    assert "tenant_id = " in qual
    assert "current_tenant()" in check


def test_policies_for_the_owner_let_it_read_only_and_the_application_not_at_all(db):
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT tablename, policyname, cmd, roles = ARRAY[tableowner], pg_has_role(current_user, tableowner, 'MEMBER')
               FROM pg_policies JOIN pg_tables USING (schemaname, tablename) WHERE NOT 'public' = ANY (roles)"""
        )
        found = cursor.fetchall()

    assert found == [("documents_pagetext", "owner_searches", "SELECT", True, False)]


@pytest.mark.parametrize("model", TENANT_MODELS, ids=ids)
def test_tenant_table_reference_to_another_carries_the_tenant(db, model):
    wanted = {
        f.column: f.related_model._meta.db_table
        for f in model._meta.local_concrete_fields
        if isinstance(f, models.ForeignKey) and f.related_model in TENANT_MODELS
    }
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT array_agg(a.attname::text ORDER BY a.attname = 'tenant_id' DESC), confrelid::regclass::text
               FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
               WHERE c.contype = 'f' AND c.conrelid = %s::regclass GROUP BY c.oid, confrelid""",
            [model._meta.db_table],
        )
        composite = {
            columns[1]: parent
            for columns, parent in cursor.fetchall()
            if len(columns) == 2 and columns[0] == "tenant_id"
        }

    assert composite == wanted


@pytest.mark.parametrize("model", TENANT_MODELS, ids=ids)
def test_tenant_table_constraints_and_indexes_begin_with_the_tenant(model):
    unique = [c.fields for c in model._meta.constraints if isinstance(c, models.UniqueConstraint)]
    indexed = [i.fields for i in model._meta.indexes]

    assert [fields for fields in [*unique, *indexed] if fields and fields[0] != "tenant"] == []


def test_every_other_table_is_shared_on_purpose():
    others = {m._meta.label for m in OURS if m not in TENANT_MODELS and m._meta.app_label != "marketdata"}

    assert others == SHARED


@pytest.mark.parametrize("model", [m for m in OURS if m._meta.app_label == "marketdata"], ids=ids)
def test_shared_market_data_cannot_be_changed_by_the_application(db, model):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bool_or(has_table_privilege(current_user, %s, p)) FROM unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) p",
            [model._meta.db_table],
        )
        assert cursor.fetchone() == (False,)
