"""Everything that one desk makes, asked for by another: every page, every endpoint, every table."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.core.files.base import File
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from apps.accounts import services as accounts
from apps.backtests import services as backtests
from apps.backtests.queries import ListState
from apps.documents import services as documents
from apps.strategies import queries as strategy_queries
from apps.strategies import services as strategies
from apps.tenancy.services import tenant_scope
from tests.architecture.test_isolation_catalogue import TENANT_MODELS
from tests.conftest import in_new_context

NOTE = Path(__file__).parents[2] / "docs" / "research_notes" / "time_series_momentum.pdf"
BODY = {
    "name": "cost",
    "value": "1",
    "reason": "none",
    "page": 1,
    "quote": "x",
}  # enough for any endpoint that takes one
ARGUMENT = re.compile(r"<(?:(\w+):)?(\w+)>")


def addresses(patterns=None, prefix=""):
    """Every address of ours that names something of a desk."""
    for pattern in patterns or get_resolver().url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver) and not route.startswith(("admin", "accounts/")):
            yield from addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and "_id>" in route:
            yield "/" + route.removeprefix("^")


@pytest.fixture
def line(alice, run_jobs, market_data):
    """One of everything: a document, its strategy, a version, a backtest, a token."""
    with NOTE.open("rb") as handle:
        document = documents.upload(file=File(handle), file_name=NOTE.name, actor=alice, at=timezone.now()).document
    run_jobs()
    [strategy] = strategy_queries.strategies(document_id=document.id)
    for field in strategy_queries.blocking(strategy_queries.open_findings(strategy_queries.draft_of(strategy))):
        raise AssertionError(field.message)
    strategies.approve(strategy_id=strategy.id, actor=alice, at=timezone.now())
    run = backtests.start(strategy_id=strategy.id, actor=alice, at=timezone.now())
    folder = documents.create_folder(name="Momentum", kind="topic", actor=alice, at=timezone.now())
    token, _ = accounts.create_token(label="x", actor=alice, at=timezone.now())
    run_jobs()
    backtests.tag(backtest_ids=[run.id], tag="watch", actor=alice, at=timezone.now())
    view = backtests.save_view(name="All", state=ListState(), is_shared=True, actor=alice, at=timezone.now())
    backtests.rerun(backtest_id=run.id, actor=alice, at=timezone.now())
    run_jobs()
    return {
        "document_id": document.id,
        "strategy_id": strategy.id,
        "backtest_id": run.id,
        "token_id": token.id,
        "folder_id": folder.id,
        "view_id": view.id,
        "number": 1,
    }


def test_other_desk_finds_nothing_at_any_address(line, charlie, alice, client_of):
    theirs, mine = client_of(charlie), client_of(alice)
    asked, leaks = 0, []
    for route in sorted(set(addresses())):
        path = ARGUMENT.sub(lambda match: str(line[match.group(2)]), route)
        for method in ("get", "post"):
            body = (
                {"data": BODY, "content_type": "application/json"}
                if method == "post" and path.startswith("/api/")
                else {}
            )
            status = getattr(theirs, method)(path, **body).status_code
            asked += 1
            # Revoking a token of one's own answers with a message; there is no such token of theirs.
            if status not in {404, 405} and not (status == 302 and "tokens" in path):
                leaks.append((method, path, status))

    assert leaks == []
    assert asked >= 40
    assert mine.get(f"/backtests/{line['backtest_id']}/").status_code == 200


def test_other_desks_lists_are_empty(line, charlie, client_of):
    client = client_of(charlie)

    for path in ("documents", "strategies", "backtests"):
        assert client.get(f"/api/v1/{path}").json()["items"] == []
    assert "time-series momentum" not in client.get("/").content.decode().lower()
    assert client.get("/search/?q=momentum").content.decode().strip() == ""


@pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda m: m._meta.label)
def test_table_shows_each_desk_only_its_own_rows(line, desk, charlie, model):
    mine = model._default_manager.count()

    def theirs():
        with tenant_scope(charlie.tenant_id):
            return set(model._default_manager.values_list("tenant_id", flat=True))

    assert mine > 0
    assert in_new_context(theirs) <= {charlie.tenant_id}
    assert set(model._default_manager.values_list("tenant_id", flat=True)) == {desk.id}
    assert apps.is_installed(f"apps.{model._meta.app_label}")
