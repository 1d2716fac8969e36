"""The library of published strategies: every file can be said, read, checked, and started from."""

import json

import numpy as np
import pytest
from django.core.management import call_command
from django.utils import timezone

from apps.accounts.enums import NotAllowedError
from apps.domain.engine import look_ahead_proof, run
from apps.domain.language import (
    DraftSpecification,
    Severity,
    check_formula,
    explain,
    findings,
    formulas,
    parse,
    runnable,
)
from apps.domain.language.vocabulary import vocabulary
from apps.domain.values.futures import Contract
from apps.domain.values.inputs import Events, Facts, Inputs, MarketSeries
from apps.strategies import queries, services
from apps.strategies.queries.library import FOLDER
from tests.domain.market import bars

pytestmark = pytest.mark.django_db
FILES = sorted(FOLDER.glob("*.json"))
ENTRIES = {file.stem: json.loads(file.read_text()) for file in FILES}
DRAFTS = {slug: DraftSpecification.model_validate(e["draft"]) for slug, e in ENTRIES.items() if "draft" in e}
DAILY = {slug: draft for slug, draft in DRAFTS.items() if draft.data.bars == "1d"}


STAYS_OUT = {  # on 1,500 made-up days
    "cape-of-countries": "no ratio is below the limit",
    "fed-model": "the regression looks back ten years",
    "pre-holiday-effect": "the calendar has no holiday",
    "reversion-and-momentum-fx": "the regression looks back five years",
    "trend-following-stocks": "the high looks back ten years",
}


def made_up(draft, n_days=1500):
    """Data of every kind that a draft reads: nothing real, everything complete."""
    values = {name: parameter.value for name, parameter in draft.parameters.items()}
    listed = list(values[draft.universe.symbols])
    asked = {values[given.symbol] for given in draft.data.inputs.values() if given.kind == "instrument"}
    for name in ("leveraged", "safe"):
        asked |= set(values.get(name, []))
    symbols = sorted({*(listed or [f"S{n:02d}" for n in range(40)]), *asked})
    panel = bars(n_symbols=len(symbols), n_days=n_days, seed=3)
    panel = type(panel)(days=panel.days, symbols=tuple(symbols), **{name: panel.field(name) for name in panel.fields})
    rng = np.random.default_rng(4)
    shape = panel.close.shape
    n = len(symbols)
    fields, groups, series, facts, events = {}, {}, {}, {}, {}
    for given in draft.data.inputs.values():
        if given.kind == "instrument":
            continue
        source = values[given.source]
        if given.kind == "field":
            flags = source.startswith("is_")
            fields[source] = (
                np.broadcast_to(np.arange(n)[:, None] % 2 == 0, shape).astype(float)
                if flags
                else panel.close * np.exp(rng.normal(10, 1, (n, 1)))
            )
        elif given.kind == "group":
            groups[source] = np.broadcast_to(np.arange(n)[:, None] % 4, shape).astype(float)
        elif given.kind == "series":
            series[source] = MarketSeries(days=panel.days, values=np.abs(rng.normal(1, 0.5, n_days)))
        elif given.kind == "event":
            day = rng.integers(20, n_days, 12 * n)
            symbol = np.arange(12 * n) % n
            events[source] = Events(
                symbol, panel.days[day], panel.days[np.maximum(day - 15, 0)], rng.normal(size=12 * n)
            )
        else:
            period = np.arange(0, n_days, 60)
            facts[source] = Facts(
                symbol=np.repeat(np.arange(n), len(period)),
                days=np.tile(panel.days[period], n),
                values=np.abs(rng.normal(100, 30, n * len(period))),
                known=np.tile(panel.days[period], n),
            )
    contracts = {root: quarterly(panel, row, rng) for row, root in enumerate(symbols)} if draft.data.futures else {}
    return Inputs(
        panel=panel, fields=fields, groups=groups, series=series, facts=facts, events=events, contracts=contracts
    )


def quarterly(panel, row, rng):
    """Contracts that expire every sixty days and trade for the hundred and fifty before, each with its own premium."""
    made = []
    for last in range(59, len(panel.days) + 120, 60):
        at = np.arange(len(panel.days))
        trades = (at <= last) & (at > last - 150)
        premium = np.exp(rng.normal(0, 0.02))
        expiry = panel.days[last] if last < len(panel.days) else panel.days[-1] + (last - len(panel.days) + 1)
        arrays = {
            name: np.where(trades, panel.field(name)[row] * premium, np.nan)
            for name in ("open", "high", "low", "close")
        }
        volume = np.where(trades, 1000.0 - np.abs(last - 60 - at), np.nan)
        made.append(Contract(expiry=expiry, volume=volume, open_interest=volume, **arrays))
    return tuple(made)


def test_library_holds_every_strategy_that_was_counted():
    assert sorted(entry["number"] for entry in ENTRIES.values()) == list(range(1, 112))
    assert len({entry["title"] for entry in ENTRIES.values()}) == 111


@pytest.mark.parametrize("slug", sorted(DRAFTS))
def test_entry_has_no_error_and_no_question(slug):
    found = [f for f in findings(DRAFTS[slug]) if f.severity is not Severity.WARNING]

    assert found == []
    assert "(not stated)" not in " ".join(explain(DRAFTS[slug]))


@pytest.mark.parametrize("slug", sorted(DRAFTS))
def test_every_formula_of_an_entry_is_typed(slug):
    kinds = vocabulary(DRAFTS[slug]).kinds

    for _, text in formulas(DRAFTS[slug]):
        check_formula(parse(text), names=kinds)


def test_what_is_refused_says_why_and_what_comes_closest():
    refused = [entry["refused"] for entry in ENTRIES.values() if "refused" in entry]

    assert len(refused) == 11
    assert {r["construct"] for r in refused} == {"option chains", "fitted model"}
    assert all(r["reason"] and r["closest"] for r in refused)


@pytest.mark.parametrize("slug", sorted(DAILY))
def test_entry_runs_on_made_up_data_and_cannot_see_the_future(slug):
    inputs = made_up(DAILY[slug])
    spec = runnable(DAILY[slug])

    result = run(spec=spec, panel=inputs)
    proof = look_ahead_proof(spec, inputs, n_cuts=1)

    assert np.isfinite(result.equity).all()
    assert result.days[0] == inputs.panel.days[0]
    assert (len(result.orders) > 0) == (slug not in STAYS_OUT)
    assert len(proof.cuts) == 1


def test_coverage_is_what_the_files_say(desk, market_data, capsys):
    found = queries.coverage()
    call_command("library_coverage")

    assert (found.n_listed, found.n_expressible) == (111, 100)
    assert found.n_runnable >= 8
    assert "100 expressible (90.1%)" in capsys.readouterr().out


def test_search_finds_every_word_in_title_summary_or_paper(desk, market_data):
    slugs = {entry.slug for entry in queries.library(text="moskowitz trend")}
    all_ = queries.library()

    assert "time-series-momentum" in slugs
    assert len(slugs) < 10 < len(all_)


def test_start_makes_a_draft_of_the_desk(desk, alice, market_data):
    strategy = services.start_from_library(slug="turn-of-the-month", actor=alice, at=timezone.now())

    assert strategy.status == "draft"
    assert strategy.title == "Turn of the month in equity indexes"
    assert strategy.n_questions == 0


def test_what_is_refused_cannot_be_started(desk, alice, market_data):
    with pytest.raises(services.NotExpressibleError, match="strike"):
        services.start_from_library(slug="dispersion-trading", actor=alice, at=timezone.now())


def test_viewer_may_look_and_not_start(desk, viewer, market_data):
    with pytest.raises(NotAllowedError):
        services.start_from_library(slug="turn-of-the-month", actor=viewer, at=timezone.now())


def test_api_lists_reads_and_starts_entries(desk, alice, market_data, client_of):
    client = client_of(alice)

    listed = client.get("/api/v1/library", {"q": "turn month"}).json()
    read = client.get("/api/v1/library/turn-of-the-month").json()
    started = client.post("/api/v1/library/turn-of-the-month/start")
    refused = client.get("/api/v1/library/dispersion-trading").json()

    assert listed["n_expressible"] == 100
    assert "turn-of-the-month" in {item["slug"] for item in listed["items"]}
    assert read["state"] == "runnable"
    assert read["draft"]["selection"]["kind"] == "per_asset"
    assert started.status_code == 201
    assert started.json()["n_questions"] == 0
    assert refused["draft"] is None
    assert refused["refused"]["needs"] == "option chains"


def test_unknown_entry_is_not_found_and_a_viewer_is_refused(desk, alice, viewer, market_data, client_of):
    assert client_of(alice).get("/api/v1/library/nothing").status_code == 404
    assert client_of(alice).get("/library/nothing/").status_code == 404
    assert client_of(viewer).post("/api/v1/library/turn-of-the-month/start").status_code == 403
    assert client_of(viewer).post("/library/turn-of-the-month/start/").status_code == 403
    assert client_of(alice).post("/api/v1/library/dispersion-trading/start").status_code == 422


def test_page_filters_and_says_what_is_missing(desk, alice, market_data, client_of):
    client = client_of(alice)

    rows = client.get("/library/", {"state": "refused"}, headers={"HX-Request": "true"}).content.decode()
    entry = client.get("/library/momentum-in-stocks/").content.decode()
    nothing = client.get("/library/", {"q": "xyzzy"}).content.decode()

    assert rows.count("library-row") == 11
    assert "Data missing: no data set “us_equities”" in entry
    assert "Nothing matches" in nothing


def test_entry_that_reads_an_external_series_runs_on_the_loaded_data(desk, alice, bob, market_data, run_jobs):
    from apps.backtests import queries as backtests
    from apps.backtests import services as runs

    strategy = services.start_from_library(slug="vix-predicts-the-index", actor=alice, at=timezone.now())
    services.approve(strategy_id=strategy.id, actor=bob, at=timezone.now())
    run_ = runs.start(strategy_id=strategy.id, actor=bob, at=timezone.now())
    run_jobs()

    done = backtests.backtest(backtest_id=run_.id)
    assert done.status == "done"
    assert list(done.plan["series"]) == ["vix"]
    assert set(backtests.frames_of(done).trades.column("side").to_pylist()) == {1, -1}


def test_missing_source_is_settled_by_naming_one_that_is_loaded(desk, alice, market_data):
    strategy = services.start_from_library(slug="gold-and-the-fed-model", actor=alice, at=timezone.now())
    before = {f.pointer for f in queries.blocking(queries.open_findings(queries.draft_of(strategy)))}

    services.answer(
        strategy_id=strategy.id, name="bond_yield_source", value="bond-yields:AAA", actor=alice, at=timezone.now()
    )

    strategy.refresh_from_db()
    after = {f.pointer for f in queries.blocking(queries.open_findings(queries.draft_of(strategy)))}
    assert before - after == {"/data/inputs/bond_yield"}
