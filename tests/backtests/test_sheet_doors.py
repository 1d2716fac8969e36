"""The doors of a tear sheet: figures, parts, trades, numbers and files, for whom they are and what they say."""

import csv
import io
import json
import re
from datetime import date

import pymupdf
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.backtests import queries, services
from apps.backtests.queries.figures import FIGURE_NAMES
from apps.backtests.queries.parts import PARTS
from apps.strategies import services as strategies
from tests.backtests.test_backtests import CLAIM
from tests.domain.examples import CROSS_MOMENTUM, TEN_MONTH_TIMING, parameter

pytestmark = pytest.mark.usefixtures("market_data")


def finished(actor, run_jobs, spec):
    content = spec.model_dump(mode="json") | {"claims": [CLAIM]}
    content["evaluation"]["benchmark"] = "benchmark"
    content["parameters"]["benchmark"] = parameter("Benchmark", "SPX", "symbol")
    strategy = strategies.create(specification=content, actor=actor, at=timezone.now())
    strategies.approve(strategy_id=strategy.id, actor=actor, at=timezone.now())
    run = services.start(strategy_id=strategy.id, actor=actor, at=timezone.now())
    run_jobs()
    return queries.backtest(backtest_id=run.id)


@pytest.fixture
def timing(alice, run_jobs):
    return finished(alice, run_jobs, TEN_MONTH_TIMING)


@pytest.fixture
def momentum(alice, run_jobs):
    return finished(alice, run_jobs, CROSS_MOMENTUM)


def address(run, *rest):
    return "/".join([f"/backtests/{run.id}", *rest])


def every_door(run):
    return [
        address(run, ""),
        *(address(run, "figures", f"{name}.json") for name in FIGURE_NAMES),
        *(address(run, "figures", name, "") for name in FIGURE_NAMES),
        *(address(run, "parts", name, "") for name in (*PARTS, "sensitivity")),
        address(run, "trades", ""),
        address(run, "numbers", "sharpe_ratio", ""),
        *(address(run, "files", name) for name in services.FILE_NAMES),
    ]


def test_every_door_opens_for_a_viewer_and_for_nobody_of_another_desk(momentum, client_of, viewer, charlie, stranger):
    inside, outside = client_of(viewer), client_of(charlie)

    answers = {door: (inside.get(door).status_code, outside.get(door).status_code) for door in every_door(momentum)}

    assert {door: answer for door, answer in answers.items() if answer != (200, 404)} == {}
    assert stranger.get(address(momentum, "figures", "equity.json")).status_code in {302, 401}


@pytest.mark.parametrize("door", ["figures/no.json", "figures/no/", "parts/no/", "numbers/no/", "files/no.pdf"])
def test_door_that_does_not_exist_is_not_found(timing, client_of, alice, door):
    assert client_of(alice).get(address(timing, door)).status_code == 404


@pytest.mark.parametrize("name", FIGURE_NAMES)
def test_figure_has_roles_and_no_colours_and_a_table(timing, client_of, alice, name):
    client = client_of(alice)

    figure = json.loads(client.get(address(timing, "figures", f"{name}.json")).content)
    table = client.get(address(timing, "figures", name, ""), HTTP_HX_REQUEST="true").content.decode()

    assert all(trace["meta"]["role"] for trace in figure["data"])
    assert not re.search(r"#[0-9a-fA-F]{6}|rgb", json.dumps(figure["layout"]))
    assert table.count("<tr>") > 1
    assert "<html" not in table


def test_figure_is_kept_by_browsers_only_where_nothing_can_change_it(timing, client_of, alice):
    client = client_of(alice)

    def policy(path):
        return client.get(address(timing, "figures", path)).headers["Cache-Control"]

    assert "immutable" in policy("rolling.json?v=1")
    assert "immutable" not in policy("rolling.json")
    assert "immutable" not in policy("equity.json?v=1")


def test_equity_marks_the_sample_and_the_publication(timing, client_of, alice, now):
    from apps.documents.models import Document

    document = Document.objects.create(
        tenant_id=timing.tenant_id, title="Paper", file_name="p.pdf", sha256="a" * 64, media_type="application/pdf",
        n_bytes=1, created_at=now, published_date="2007-05-01",
    )  # fmt: skip
    client = client_of(alice)
    before = json.loads(client.get(address(timing, "figures", "equity.json")).content)

    timing.strategy.__class__.objects.filter(id=timing.strategy_id).update(document=document)
    after = json.loads(client.get(address(timing, "figures", "equity.json")).content)

    assert [shape["name"] for shape in before["layout"]["shapes"]] == ["window"]
    assert "Published" in [note["text"] for note in after["layout"]["annotations"]]
    assert "2007-05-01" in [shape["x0"] for shape in after["layout"]["shapes"]]


def test_equity_is_drawn_on_the_scale_that_was_asked_for(timing, client_of, alice):
    client = client_of(alice)
    linear, log = (
        json.loads(client.get(address(timing, "figures", f"equity.json{query}")).content)["layout"]["yaxis"]
        for query in ("", "?scale=log")
    )

    assert (linear.get("type"), log["type"]) == (None, "log")
    page = client.get(address(timing, "?scale=log")).content.decode()
    assert "equity.json?v=1&amp;scale=log" in page


def test_price_shows_the_fills_of_the_chosen_instrument_and_span(momentum, client_of, alice):
    client = client_of(alice)
    orders = queries.frames_of(momentum).orders.to_pylist()
    symbol = orders[0]["symbol"]
    n_bought = sum(o["symbol"] == symbol and o["side"] == 1 for o in orders)

    figure = json.loads(client.get(address(momentum, "figures", f"price.json?symbol={symbol}")).content)
    short = json.loads(
        client.get(address(momentum, "figures", f"price.json?symbol={symbol}&from=1995-01-01&to=1995-12-31")).content
    )

    bought = next(trace for trace in figure["data"] if trace["name"] == "Bought")
    assert len(bought["x"]) == n_bought
    assert all(day[:4] == "1995" for day in short["data"][0]["x"])
    assert client.get(address(momentum, "figures", "price.json?symbol=NONE")).status_code == 404


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("bridge", "Break-even cost"),
        ("attribution", "Beta to SPX"),
        ("bootstrap", "95 % interval"),
        ("regimes", "falling months"),
        ("capacity", "Starting capital"),
        ("price", "SPX"),
    ],
)
def test_part_says_its_figures_and_stands_alone_too(timing, client_of, alice, part, words):
    client = client_of(alice)

    fragment = client.get(address(timing, "parts", part, ""), HTTP_HX_REQUEST="true").content.decode()
    page = client.get(address(timing, "parts", part, "")).content.decode()

    assert words in fragment
    assert "<html" not in fragment
    assert words in page
    assert "<html" in page


def test_regimes_after_the_sample_need_days_after_it(momentum, timing, client_of, alice):
    client = client_of(alice)
    of_momentum, of_timing = (
        client.get(address(run, "parts", "regimes", "")).content.decode() for run in (momentum, timing)
    )

    assert momentum.end_date < date(2012, 12, 31) == timing.end_date
    assert "The document&#x27;s sample" in of_momentum
    assert "After the sample" not in of_momentum + of_timing


def test_attribution_to_factors_or_what_is_missing(momentum, client_of, alice):
    html = client_of(alice).get(address(momentum, "parts", "attribution", "")).content.decode()

    assert "Size" in html
    assert "months." in html


def test_capacity_without_volumes_says_what_is_missing(momentum, client_of, alice):
    html = client_of(alice).get(address(momentum, "parts", "capacity", "")).content.decode()

    assert "carries no volumes" in html


def test_data_notes_say_what_flatters(momentum, timing, client_of, alice):
    client = client_of(alice)

    assert "Survivors only" in client.get(address(momentum, "")).content.decode()
    assert "Dividends on one side" in client.get(address(momentum, "")).content.decode()
    assert "Survivors only" not in client.get(address(timing, "")).content.decode()


def test_trades_are_filtered_sorted_and_exported_as_filtered(momentum, client_of, alice):
    client = client_of(alice)
    trades = queries.frames_of(momentum).trades.to_pylist()
    symbol = trades[0]["symbol"]
    wanted = sorted(t["pnl"] for t in trades if t["symbol"] == symbol and not t["is_open"] and t["pnl"] > 0)
    query = f"?symbol={symbol}&outcome=won&sort=pnl"

    page = client.get(address(momentum, f"trades/{query}"), HTTP_HX_REQUEST="true").content.decode()
    rows = list(csv.DictReader(io.StringIO(client.get(address(momentum, f"files/trades.csv{query}")).content.decode())))

    assert f"of {len(wanted)}" in page
    assert [float(row["pnl"]) for row in rows] == pytest.approx(wanted)
    assert 'aria-sort="ascending"' in page


def test_trades_page_by_page_are_all_of_them_once(momentum, client_of, alice):
    client = client_of(alice)
    n = queries.frames_of(momentum).trades.num_rows
    seen = []
    for number in range(1, -(-n // 25) + 1):
        html = client.get(
            address(momentum, f"trades/?page={number}&sort=-pnl"), HTTP_HX_REQUEST="true"
        ).content.decode()
        seen += re.findall(r'<tr><th scope="row">(\w+)</th>.*?</tr>', html, re.DOTALL)

    assert len(seen) == n > 25
    far = client.get(address(momentum, "trades/?page=999"), HTTP_HX_REQUEST="true").content.decode()
    assert f"Page {-(-n // 25)} of" in far


@pytest.mark.parametrize(
    "query", ["?sort=no&page=x", "?start=2000-13-40", "?side=up&outcome=maybe", "?symbol=NONE", "?page=-4"]
)
def test_trades_bear_any_query(timing, client_of, alice, query):
    assert client_of(alice).get(address(timing, f"trades/{query}")).status_code == 200


def test_trades_put_their_state_into_the_address_of_the_sheet(timing, client_of, alice):
    sheet = f"http://testserver{address(timing, '')}"
    response = client_of(alice).get(
        address(timing, "trades/?outcome=won"), HTTP_HX_REQUEST="true", HTTP_HX_CURRENT_URL=sheet
    )

    assert response.headers["HX-Replace-Url"] == f"{address(timing, '')}?outcome=won#trades"


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("sharpe_ratio", ["daily simple returns", "apps.domain.metrics.sharpe_ratio", "curves.parquet"]),
        ("win_rate", ["trades.parquet"]),
        ("benchmark_sharpe", ["apps.domain.metrics.sharpe_ratio", "SPX"]),
        ("bridge.gross", ["apps.domain.metrics.cost_bridge"]),
        ("bootstrap.interval", ["apps.domain.overfitting.headline_intervals"]),
    ],
)
def test_number_opens_its_definition_and_its_inputs(timing, client_of, alice, key, words):
    html = client_of(alice).get(address(timing, "numbers", key, "")).content.decode()

    assert [word for word in words if word not in html] == []


def test_every_number_on_the_page_has_a_definition(timing, client_of, alice):
    client = client_of(alice)
    pages = [
        client.get(address(timing, "?print=1")).content.decode(),
        client.get(address(timing, "parts/capacity/")).content.decode(),
    ]
    links = {link for page in pages for link in re.findall(r'class="nl" href="([^"]+)"', page)}

    assert len(links) > 60
    assert {link for link in links if client.get(link).status_code != 200} == set()


def test_sensitivity_is_made_once_by_who_may_run(timing, client_of, alice, viewer, run_jobs):
    client, ask = client_of(alice), address(timing, "parts/sensitivity/make/")

    refused = client_of(viewer).post(ask)
    empty = client.get(address(timing, "parts/sensitivity/")).content.decode()
    waiting = client.post(ask, HTTP_HX_REQUEST="true").content.decode()
    run_jobs()
    made = client.get(address(timing, "parts/sensitivity/")).content.decode()
    from apps.jobs.models import Job

    jobs = Job.objects.filter(subject_id=timing.id, kind=services.SENSITIVITY_JOB).count()
    client.post(ask)

    assert refused.status_code == 403
    assert "Run the variants" in empty
    assert "progress" in waiting
    assert "100 bps" in made
    assert "Rules 5 bars late" in made
    assert "Moving-average window" in made
    assert Job.objects.filter(subject_id=timing.id, kind=services.SENSITIVITY_JOB).count() == jobs == 1
    assert queries.backtest(backtest_id=timing.id).status == "done"


def test_files_are_what_they_say(timing, client_of, alice):
    client = client_of(alice)

    def file(name):
        response = client.get(address(timing, "files", name))
        assert "attachment" in response.headers["Content-Disposition"]
        return response.content

    pdf = pymupdf.open(stream=file("tear-sheet.pdf"), filetype="pdf")
    text = "".join(page.get_text() for page in pdf)
    page = file("tear-sheet.html").decode()
    assert "Ten-month moving-average timing" in text
    assert "Sharpe ratio" in text
    assert "Regimes" in text
    assert "�" not in text
    assert not re.search(r"<script|<link|src=|url\(|http", page)
    assert "<svg" in page
    assert file("tear-sheet.xlsx")[:2] == b"PK"


def test_files_of_the_same_run_are_the_same_bytes(timing, settings):
    from django.core.cache import cache

    made = []
    for _ in range(2):
        cache.clear()
        made.append([services.export(timing, name=name).content for name in services.FILE_NAMES])

    assert made[0] == made[1]


def test_workbook_never_holds_a_formula(timing):
    import zipfile

    timing.strategy.title = "=HYPERLINK(1)"
    book = zipfile.ZipFile(io.BytesIO(services.export(timing, name="tear-sheet.xlsx").content))
    sheets = "".join(book.read(name).decode() for name in book.namelist() if "worksheets/" in name)

    assert "<f>" not in sheets
    assert "HYPERLINK" in book.read("xl/sharedStrings.xml").decode()


def test_api_serves_the_same_files(timing, client_of, viewer, charlie):
    path = f"/api/v1/backtests/{timing.id}/files/tear-sheet.html"

    assert (
        client_of(viewer).get(path).content == client_of(viewer).get(address(timing, "files/tear-sheet.html")).content
    )
    assert client_of(charlie).get(path).status_code == 404
    assert client_of(viewer).get(path.replace("sheet.html", "sheet.doc")).status_code == 404


def test_page_is_small_and_asks_few_queries_once_it_was_made(momentum, client_of, alice):
    client = client_of(alice)
    first = client.get(address(momentum, ""))

    with CaptureQueriesContext(connection) as asked:
        again = client.get(address(momentum, ""))

    strip = lambda html: re.sub(rb"csrf\w*|nonce-\S+|\w{64}", b"", html)  # noqa: E731
    assert len(strip(first.content)) == len(strip(again.content))
    assert len(first.content) < 150_000
    assert len([q for q in asked if "backtests_" in q["sql"]]) == 1
    assert len(asked) <= 13  # of which eleven are the session, the actor, the desk and the bell


def test_page_of_a_run_without_trades_stands(alice, run_jobs, client_of):
    quiet = TEN_MONTH_TIMING.model_copy(
        update={"selection": TEN_MONTH_TIMING.selection.model_copy(update={"enter": "close > 1000000 * trend"})}
    )
    run = finished(alice, run_jobs, quiet)
    client = client_of(alice)
    if run.status != "done":
        pytest.skip(run.error_message)

    codes = {door: client.get(door).status_code for door in every_door(run) if "/price" not in door}

    assert {door for door, code in codes.items() if code != 200} == set()
    assert reverse("backtests:detail", args=[run.id]) in codes
