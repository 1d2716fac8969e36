"""The list of runs: every row once under any sort, every filter, tags and views, and nobody else's rows."""

from __future__ import annotations

import random
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.enums import NotAllowedError
from apps.backtests import queries, services
from apps.backtests.models import Backtest, BacktestTag, SavedView
from apps.backtests.services.sparks import thin_curve
from apps.domain.metrics import METRICS
from apps.events.queries import history
from apps.strategies import services as strategies
from apps.web.services.paging import BadCursorError
from tests.backtests.test_backtests import approved, start
from tests.domain.examples import CROSS_MOMENTUM, TEN_MONTH_TIMING

pytestmark = pytest.mark.usefixtures("market_data")
TIED = "n_trades"
N = 43


@pytest.fixture
def owner(alice, now):
    """Two strategies of two families, with one version each."""
    made = []
    for spec in (TEN_MONTH_TIMING, CROSS_MOMENTUM):
        strategy = strategies.create(specification=spec.model_dump(mode="json"), actor=alice, at=now)
        strategies.approve(strategy_id=strategy.id, actor=alice, at=now)
        made.append(strategy)
    return alice, made


@pytest.fixture
def rows(owner, now):
    """Runs with ties, with measures that some lack, and with none at all."""
    alice, both = owner
    rng = random.Random(4)
    versions = [strategy.versions.get() for strategy in both]
    made = []
    for n in range(N):
        done = n % 5 != 0
        measures = {key: rng.choice([None, round(rng.uniform(-1, 1), 1), rng.gauss(0, 1)]) for key in METRICS}
        run = Backtest(
            tenant_id=alice.tenant_id,
            strategy=both[n % 2],
            version=versions[n % 2],
            plan={},
            fingerprint=f"{n:064x}",
            status="done" if done else "failed",
            verdict_word=rng.choice(["reproduced", "not_reproduced"]) if done else "",
            metrics=measures | {TIED: rng.choice([0, 0, 1, None])} if done else {},
            created_by_id=alice.person_id,
            created_at=now + timedelta(hours=n // 3),
            thin_curve=[1.0, 1.2] if done else [],
        )
        made.append(run)
    return Backtest.objects.bulk_create(made)


def walk(state, limit):
    found, cursor = [], None
    for _ in range(N + 1):
        page = queries.leaderboard(state, cursor=cursor, limit=limit)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found
    raise AssertionError("the list never ends")


@pytest.mark.parametrize("key", ["created_at", *METRICS])
def test_pages_give_every_run_once_in_order_with_missing_values_last(rows, key):
    for sort in (key, f"-{key}"):
        found = walk(queries.state_of({"sort": sort}), 7)

        assert sorted(run.id for run in found) == sorted(run.id for run in rows)
        values = [run.created_at if key == "created_at" else run.metrics.get(key) for run in found]
        known = [value for value in values if value is not None]
        assert values[: len(known)] == sorted(known, reverse=sort.startswith("-"))


FILTERS = {
    "verdict": st.sampled_from(["reproduced", "not_reproduced"]),
    "status": st.sampled_from(["done", "failed"]),
    "family": st.sampled_from(["trend", "momentum"]),
}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sort=st.sampled_from(["created_at", TIED, "sharpe_ratio"]),
    down=st.booleans(),
    limit=st.integers(1, N + 2),
    given=st.fixed_dictionaries({}, optional=FILTERS),
)
def test_pages_of_any_size_under_any_filter_are_the_list_cut_in_pieces(rows, sort, down, limit, given):
    state = queries.state_of(given | {"sort": f"-{sort}" if down else sort})
    whole = walk(state, 200)

    assert [run.id for run in walk(state, limit)] == [run.id for run in whole]
    wanted = [
        run
        for run in rows
        if given.get("verdict") in (None, run.verdict_word)
        and given.get("status") in (None, run.status)
        and given.get("family") in (None, run.strategy.family)
    ]
    assert {run.id for run in whole} == {run.id for run in wanted}
    assert len(whole) == len(wanted)


def test_every_measure_has_its_generated_column_and_index(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'backtests_backtest'::regclass AND attgenerated = 's'"
        )
        columns = {row[0] for row in cursor.fetchall()}
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'backtests_backtest'")
        indexes = [row[0] for row in cursor.fetchall()]

    assert columns == {f"measure_{key}" for key in METRICS}  # a new measure needs a migration: measure_columns
    for column in columns:
        assert sum(f"(tenant_id, {column}, id)" in index for index in indexes) == 1


@pytest.mark.parametrize("cursor", ["x", "bm8", "WyJhIiwgMSwgMl0", "W10"])
def test_foreign_cursor_is_refused(rows, cursor):
    with pytest.raises(BadCursorError):
        queries.leaderboard(queries.state_of({"sort": "sharpe_ratio"}), cursor=cursor)


def test_cursor_of_another_sort_is_refused(rows):
    cursor = queries.leaderboard(queries.state_of({}), limit=2).next_cursor

    with pytest.raises(BadCursorError):
        queries.leaderboard(queries.state_of({"sort": "sharpe_ratio"}), cursor=cursor)


def test_state_survives_the_address_and_nonsense_is_left_out():
    said = {
        "q": "momentum & more", "verdict": "reproduced", "status": "done", "family": "trend", "tag": "Best", "since": "2026-01-02",
        "until": "2026-02-03", "sort": "-calmar_ratio", "columns": "calmar_ratio,beta", "strategy": str(uuid4()),
        "document": str(uuid4()), "person": str(uuid4()),
    }  # fmt: skip
    state = queries.state_of(said)
    again = queries.state_of({key: values[0] for key, values in parse_qs(state.query).items()})

    assert again == state
    assert state.tag == "best"
    assert queries.state_of({}).query == ""
    nonsense = queries.state_of(
        {"sort": "-plan; DROP", "columns": "x", "since": "soon", "person": "me", "verdict": "good"}
    )
    assert nonsense == queries.ListState()


def test_filters_find_by_text_hash_date_and_tag(rows, owner, now):
    alice, both = owner
    services.tag(backtest_ids=[rows[1].id, rows[2].id], tag="  Keep  me ", actor=alice, at=now)

    def found(**given):
        return {run.id for run in queries.leaderboard(queries.state_of(given), limit=200).items}

    assert found(tag="keep me") == {rows[1].id, rows[2].id}
    assert found(q=both[0].title[:6].upper()) >= {run.id for run in rows if run.strategy_id == both[0].id}
    assert found(q=rows[7].fingerprint) == {rows[7].id}
    assert found(q="0" * 63) == {run.id for run in rows[:16]}
    assert found(q="deadbeef") == set()
    assert found(strategy=str(both[1].id)) == {run.id for run in rows if run.strategy_id == both[1].id}
    assert found(until=now.date().isoformat()) | found(since=(now + timedelta(days=1)).date().isoformat()) == {
        r.id for r in rows
    }
    assert found(person=str(uuid4())) == set()
    assert found(document=str(uuid4())) == set()


def test_list_asks_the_same_number_of_questions_for_few_and_many(rows, django_assert_num_queries):
    for limit in (2, 30):
        with django_assert_num_queries(3):
            queries.leaderboard(queries.state_of({"sort": "-created_at"}), limit=limit)


def test_tags_are_put_on_once_recorded_and_taken_off(rows, owner, now, viewer):
    alice, _ = owner
    ids = [run.id for run in rows[:3]]

    assert services.tag(backtest_ids=ids, tag="Watch", actor=alice, at=now) == 3
    assert services.tag(backtest_ids=ids, tag="watch", actor=alice, at=now) == 0
    assert queries.tags_in_use() == ["watch"]
    assert history(subject_id=ids[0])[-1].data.sentence().endswith(": watch")
    assert services.untag(backtest_ids=ids[:1], tag="WATCH", actor=alice, at=now) == 1
    assert queries.tags_of(backtest_ids=ids) == {ids[1]: ["watch"], ids[2]: ["watch"]}
    with pytest.raises(NotAllowedError):
        services.tag(backtest_ids=ids, tag="mine", actor=viewer, at=now)
    with pytest.raises(queries.BacktestNotFoundError):
        services.tag(backtest_ids=[uuid4()], tag="x", actor=alice, at=now)
    for bad in ("", "  ", "x" * 41, "a,b"):
        with pytest.raises(services.BadTagError):
            services.tag(backtest_ids=ids, tag=bad, actor=alice, at=now)


def test_views_are_ones_own_until_shared(alice, bob, viewer, administrator, now):
    state = queries.state_of({"sort": "-calmar_ratio"})
    own = services.save_view(name="Mine", state=state, is_shared=False, actor=alice, at=now)
    shared = services.save_view(name="Ours", state=state, is_shared=True, actor=alice, at=now)

    assert list(queries.saved_views(person_id=alice.person_id)) == [own, shared]
    assert list(queries.saved_views(person_id=bob.person_id)) == [shared]
    with pytest.raises(NotAllowedError):
        services.save_view(name="x", state=state, is_shared=True, actor=viewer, at=now)
    assert services.save_view(name="x", state=state, is_shared=False, actor=viewer, at=now).owner_id == viewer.person_id
    with pytest.raises(services.ViewNotFoundError):
        services.delete_view(view_id=own.id, actor=bob, at=now)
    with pytest.raises(NotAllowedError):
        services.delete_view(view_id=shared.id, actor=bob, at=now)
    services.delete_view(view_id=shared.id, actor=administrator, at=now)
    with pytest.raises(services.BadViewError):
        services.save_view(
            name="long", state=queries.state_of({"q": "§" * 200, "tag": "§" * 200}), is_shared=False, actor=bob, at=now
        )
    again = services.save_view(name=" Mine ", state=queries.state_of({}), is_shared=False, actor=alice, at=now)
    assert (again.id, again.query) == (own.id, "")


def test_run_keeps_sixty_points_of_its_curve(alice, run_jobs, market_data):
    run = start(approved(alice), alice)
    run_jobs()
    run.refresh_from_db()
    equity = queries.frames_of(run).curves.column("equity").to_numpy()

    assert len(run.thin_curve) == 60
    assert run.thin_curve[0] == 1.0
    assert run.thin_curve[-1] == pytest.approx(equity[-1] / equity[0], abs=1e-4)
    assert thin_curve(equity[:3]) == pytest.approx((equity[:3] / equity[0]).tolist(), abs=1e-4)
    assert thin_curve(equity[:0]) == []


def test_page_holds_its_state_and_refreshes_with_it(rows, owner, client_of, now):
    alice, _ = owner
    client = client_of(alice)
    services.tag(backtest_ids=[rows[1].id], tag="watch", actor=alice, at=now)
    services.save_view(
        name="Calm ones", state=queries.state_of({"sort": "-calmar_ratio"}), is_shared=False, actor=alice, at=now
    )
    page = client.get("/backtests/?sort=-calmar_ratio&columns=calmar_ratio,beta&status=done").content.decode()

    assert 'aria-sort="descending"' in page
    assert "Calmar ratio" in page
    assert '<path d="M' in page
    assert "Calm ones" in page
    assert 'hx-get="/backtests/?sort=-calmar_ratio&amp;columns=calmar_ratio%2Cbeta&amp;status=done"' in page
    part = client.get("/backtests/?status=done", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert client.get("/backtests/?cursor=zzz").status_code == 400
    many = client.get("/backtests/?columns=beta&columns=alpha")
    assert many.status_code == 302
    assert parse_qs(urlsplit(many["Location"]).query)["columns"] == ["beta,alpha"]


def test_bulk_form_tags_and_leads_to_the_comparison(rows, owner, client_of, viewer):
    alice, _ = owner
    client, ids = client_of(alice), [str(run.id) for run in rows[1:3]]
    back = "/backtests/?status=done"

    answer = client.post("/backtests/bulk/", {"deed": "tag", "id": ids, "tag": "Gold", "next": back})
    assert (answer.status_code, answer["Location"]) == (302, back)
    assert BacktestTag.objects.filter(tag="gold").count() == 2
    answer = client.post("/backtests/bulk/", {"deed": "compare", "id": ids})
    assert answer["Location"] == f"/backtests/compare/?ids={','.join(ids)}"
    assert (
        client.post("/backtests/bulk/", {"deed": "tag", "id": ids, "tag": "x", "next": "//evil.example"})["Location"]
        == "/backtests/"
    )
    assert client_of(viewer).post("/backtests/bulk/", {"deed": "tag", "id": ids, "tag": "x"}).status_code == 403
    client.post("/backtests/views/", {"name": "Gold", "query": "tag=gold&nonsense=1"})
    assert SavedView.objects.get().query == "tag=gold"
    client.post(f"/backtests/views/{SavedView.objects.get().id}/delete/")
    assert SavedView.objects.count() == 0


def test_api_lists_sorts_tags_and_keeps_views(rows, owner, client_of, viewer):
    alice, _ = owner
    client = client_of(alice)
    told = client.get("/api/v1/backtests", {"sort": "-beta", "limit": 4}).json()
    best = max(
        (run for run in rows if run.metrics.get("beta") is not None), key=lambda run: (run.metrics["beta"], run.id)
    )

    assert told["items"][0]["id"] == str(best.id)
    assert (
        client.get("/api/v1/backtests", {"sort": "-beta", "limit": 4, "cursor": told["next_cursor"]}).status_code == 200
    )
    assert client.get("/api/v1/backtests", {"sort": "nonsense"}).status_code == 422
    body = {"deed": "tag", "ids": [str(best.id)], "tag": "gold"}
    assert client.post("/api/v1/backtests/bulk", body, content_type="application/json").json() == {"n": 1}
    assert client_of(viewer).post("/api/v1/backtests/bulk", body, content_type="application/json").status_code == 403
    assert client.get("/api/v1/backtests", {"tag": "gold"}).json()["items"][0]["tags"] == ["gold"]
    assert client.get("/api/v1/backtests/tags").json() == ["gold"]
    view = client.post(
        "/api/v1/backtests/views",
        {"name": "Gold", "query": "tag=gold", "is_shared": True},
        content_type="application/json",
    )
    assert view.status_code == 201
    assert [one["name"] for one in client_of(viewer).get("/api/v1/backtests/views").json()] == ["Gold"]
    assert client.delete(f"/api/v1/backtests/views/{view.json()['id']}").status_code == 204


def test_other_desk_sees_and_touches_none(rows, owner, charlie, client_of, now):
    alice, _ = owner
    services.tag(backtest_ids=[rows[0].id], tag="secret", actor=alice, at=now)
    view = services.save_view(name="Secret", state=queries.ListState(), is_shared=True, actor=alice, at=now)
    theirs = client_of(charlie)

    for sort in ("-created_at", "-sharpe_ratio", TIED):
        assert theirs.get("/api/v1/backtests", {"sort": sort}).json()["items"] == []
    assert theirs.get("/api/v1/backtests/tags").json() == []
    assert theirs.get("/api/v1/backtests/views").json() == []
    assert "secret" not in theirs.get("/backtests/").content.decode().lower()
    for key in (rows[0].id, uuid4()):
        assert theirs.post("/backtests/bulk/", {"deed": "tag", "id": [str(key)], "tag": "x"}).status_code == 404
    for key in (view.id, uuid4()):
        assert theirs.post(f"/backtests/views/{key}/delete/").status_code == 404
        assert theirs.delete(f"/api/v1/backtests/views/{key}").status_code == 404
