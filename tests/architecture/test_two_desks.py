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
from apps.backtests.enums import SweepKind
from apps.backtests.queries import ListState
from apps.backtests.queries.sweep_plans import Request
from apps.backtests.services.sweeps import start_sweep
from apps.documents import services as documents
from apps.llm import services as llm
from apps.notifications import services as notifications
from apps.notifications.enums import ChannelKey, Topic
from apps.notifications.queries import deliveries_of, latest_notices
from apps.strategies import queries as strategy_queries
from apps.strategies import services as strategies
from apps.tenancy.services import tenant_scope
from apps.web.services.idempotency import claim_key
from tests.architecture.test_isolation_catalogue import TENANT_MODELS
from tests.conftest import in_new_context
from tests.llm.server import Said
from tests.llm.test_claude import REQUEST

NOTE = Path(__file__).parents[2] / "docs" / "research_notes" / "time_series_momentum.pdf"
BODY = {
    "name": "cost",
    "value": "1",
    "reason": "none",
    "retention": "standard",
    "page": 1,
    "quote": "x",
    "pointer": "/selection/enter",
    "text": "close > open",
    "engine": "bt",
    "other_id": "0e0e5f6e-0000-4000-8000-000000000000",
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
def line(alice, administrator, run_jobs, market_data, model_service, signs):
    """One of everything: a document, its strategy, a version, a backtest, a token, a web hook, what they were told."""
    at = timezone.now()
    claim_key(key="x", fingerprint="f", actor=alice, at=at)
    letters = {(Topic.BACKTEST_FINISHED, ChannelKey.EMAIL): True}
    notifications.set_preferences(answers=letters, actor=alice)
    hook, _ = notifications.create_hook(
        url="https://192.0.78.9/", event_types=["backtests.finished"], actor=administrator, at=at
    )
    with NOTE.open("rb") as handle:
        document = documents.upload(file=File(handle), file_name=NOTE.name, actor=alice, at=timezone.now()).document
    run_jobs()
    [strategy] = strategy_queries.strategies(document_id=document.id)
    for field in strategy_queries.blocking(strategy_queries.open_findings(strategy_queries.draft_of(strategy))):
        raise AssertionError(field.message)
    strategies.approve(strategy_id=strategy.id, actor=alice, at=timezone.now())
    run = backtests.start(strategy_id=strategy.id, actor=alice, at=timezone.now())
    said = strategies.comment(strategy_id=strategy.id, place="", text="Good.", actor=alice, at=timezone.now())
    folder = documents.create_folder(name="Momentum", kind="topic", actor=alice, at=timezone.now())
    sweep = start_sweep(
        strategy_id=strategy.id,
        request=Request(kind=SweepKind.GRID, axes={"cost": "0, 5"}),
        actor=alice,
        at=timezone.now(),
    )
    token, _ = accounts.create_token(label="x", actor=alice, at=timezone.now())
    model_service.answers = [Said({"name": "pear"})]
    account = llm.Account(alice.tenant_id, strategy.id, document.id, alice.person_id)
    llm.ask(REQUEST, account=account)
    llm.submit([(account, REQUEST)], subject_id=strategy.id, at=timezone.now())
    batch = strategies.read_in_batch(document_ids=[document.id], actor=alice, at=timezone.now())
    run_jobs()
    backtests.tag(backtest_ids=[run.id], tag="watch", actor=alice, at=timezone.now())
    view = backtests.save_view(name="All", state=ListState(), is_shared=True, actor=alice, at=timezone.now())
    backtests.rerun(backtest_id=run.id, actor=alice, at=timezone.now())
    backtests.check_with(backtest_id=run.id, engine="bt", actor=alice, at=timezone.now())
    run_jobs()
    coming = documents.begin_upload(file_name="b.txt", n_bytes=9, actor=alice, at=timezone.now())
    return {
        "upload_id": coming.id,
        "batch_id": batch.id,
        "notice_id": latest_notices(person_id=alice.person_id)[0].id,
        "hook_id": hook.id,
        "delivery_id": deliveries_of(hook_id=hook.id)[0].id,
        "document_id": document.id,
        "strategy_id": strategy.id,
        "engine": "bt",
        "backtest_id": run.id,
        "sweep_id": sweep.id,
        "token_id": token.id,
        "folder_id": folder.id,
        "comment_id": said.id,
        "view_id": view.id,
        "number": 1,
        "name": "equity",
        "key": "sharpe_ratio",
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

    for path in ("documents", "strategies", "backtests", "sweeps"):
        assert client.get(f"/api/v1/{path}").json()["items"] == []
    assert "time-series momentum" not in client.get("/").content.decode().lower()
    assert client.get("/search/?q=momentum", headers={"HX-Request": "true"}).content.decode().strip() == ""


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
