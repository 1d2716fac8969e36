"""The home page, the search, the pipeline command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.notifications.models import Activity
from apps.strategies import services as strategies
from tests.domain.examples import TEN_MONTH_TIMING
from tests.strategies.change import changed

NOTES = Path(__file__).parents[2] / "docs" / "research_notes"


def make(actor, spec=TEN_MONTH_TIMING):
    return strategies.create(specification=spec.model_dump(mode="json"), actor=actor, at=timezone.now())


def home(client):
    return client.get("/").content.decode()


@pytest.mark.usefixtures("market_data")
def test_next_step_follows_the_desks_state(alice, client_of):
    client = client_of(alice)
    assert "Bring the next piece of research" in home(client)

    holed = make(alice, changed(TEN_MONTH_TIMING, "/parameters/cost/value", None))
    assert "Answer 1 question about “Ten-month moving-average timing”" in home(client)

    strategies.answer(strategy_id=holed.id, name="cost", value="5", actor=alice, at=timezone.now())
    strategies.approve(strategy_id=holed.id, actor=alice, at=timezone.now())
    assert "Test “Ten-month moving-average timing”" in home(client)


@pytest.mark.usefixtures("market_data")
def test_viewer_is_sent_to_read(viewer, alice, client_of):
    make(alice, changed(TEN_MONTH_TIMING, "/parameters/cost/value", None))

    assert "Read the latest verdicts" in home(client_of(viewer))


@pytest.mark.usefixtures("market_data")
def test_activity_shows_what_happened_as_sentences(alice, client_of, run_jobs):
    make(alice)
    run_jobs()

    page = client_of(alice).get("/activity/").content.decode()

    assert "created the strategy “Ten-month moving-average timing”" in page
    assert Activity.objects.filter(type="strategies.created").count() == 1


@pytest.mark.usefixtures("market_data")
def test_search_finds_by_title_and_nothing_for_nothing(alice, client_of):
    make(alice)
    client = client_of(alice)

    assert "Ten-month moving-average timing" in client.get("/search/?q=moving").content.decode()
    assert client.get("/search/?q=", headers={"HX-Request": "true"}).content.decode().strip() == ""
    assert "<h1>Search</h1>" in client.get("/search/?q=moving").content.decode()


def test_pipeline_reads_runs_judges_and_writes_a_report(tmp_path, capsys):
    call_command("pipeline", str(NOTES / "time_series_momentum.pdf"), out=tmp_path)

    printed = capsys.readouterr().out
    data = json.loads((tmp_path / "time_series_momentum.report.json").read_text())
    html = (tmp_path / "time_series_momentum.report.html").read_text()
    [strategy] = data["strategies"]
    assert f"verdict: {strategy['verdict']}" in printed
    assert strategy["verdict"] in {"Reproduced", "Partly reproduced"}
    assert strategy["comparisons"][0]["claimed"] is not None
    gate = next(r for r in strategy["reasons"] if r["code"] == "round_trips")
    assert (gate["threshold"], gate["bound"]) == (5, "at least")
    assert [f["column"] for f in strategy["comparisons"][0]["figures"]] == ["document", "after", "our_costs"]
    assert gate["definition"] in html
    assert "at least 252" in html
    assert "With our costs" in html
    assert "<svg" in html
    assert "http://" not in html.replace("http://www.w3.org", "")
    assert "<script" not in html


def test_pipeline_asks_what_is_open_and_runs_when_answered(tmp_path, capsys):
    note = str(NOTES / "cross_sectional_momentum.pdf")

    call_command("pipeline", note, out=tmp_path)
    asked = capsys.readouterr().out
    names = {
        p["label"]: p["name"]
        for p in json.loads((tmp_path / "cross_sectional_momentum.report.json").read_text())["strategies"][0][
            "parameters"
        ]
        if p["status"] == "missing"
    }
    answers = [
        f"{name}={'5' if 'held' in label.lower() else '10' if 'cost' in label.lower() else 'monthly'}"
        for label, name in names.items()
    ]
    call_command("pipeline", note, out=tmp_path, set=answers)
    answered = capsys.readouterr().out

    assert len(names) == 3
    assert "verdict: Not run" in asked
    assert "verdict: Not run" not in answered


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "damaged|empty|neither"), (b"\x89PNG....", "picture"), (b"%PDF-1.7 broken", "damaged")],
)
def test_pipeline_with_a_bad_file_says_why(tmp_path, content, message):
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(content)

    with pytest.raises(CommandError, match=message):
        call_command("pipeline", str(bad), out=tmp_path)


def test_pipeline_without_the_file_or_with_a_bad_answer_says_so(tmp_path):
    with pytest.raises(CommandError, match="There is no file"):
        call_command("pipeline", "nowhere.pdf")
    with pytest.raises(CommandError, match="is not NAME=VALUE"):
        call_command("pipeline", str(NOTES / "time_series_momentum.pdf"), set=["cost"])
