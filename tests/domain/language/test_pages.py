"""The pages about the language say what the code does."""

import re
from pathlib import Path

import pytest

from apps.domain.language import DraftSpecification, ValueRefused, findings, published_schemas, quick
from docs.build_language import PAGE, page

DOCS = Path(__file__).parents[3] / "docs"


def test_page_of_the_language_is_what_the_code_writes():
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m docs.build_language"


def test_notebook_example_runs_as_it_is_printed(capsys):
    (code,) = re.findall(r"```python\n(.*?)```", (DOCS / "notebook.md").read_text(encoding="utf-8"), flags=re.DOTALL)

    exec(compile(code, "notebook.md", "exec"), {})  # noqa: S102 -- our own page

    printed = capsys.readouterr().out
    assert "hold the 5 with the highest value" in printed
    assert "LookAheadProof" in printed


def test_quick_draft_has_nothing_open():
    draft = quick(
        "per_asset", enter="close > sma(close, window)", window="10 months", cost="5 bps", rebalance="monthly"
    )

    assert [f for f in findings(draft) if f.severity != "warning"] == []
    assert draft.parameters["window"].status == "analyst"
    assert draft.parameters["capital"].status == "assumed"


def test_quick_value_that_measures_nothing_is_refused():
    with pytest.raises(ValueRefused, match="not clear"):
        quick("per_asset", enter="close > x", x="many")


def test_published_schemas_say_what_each_field_names():
    draft = published_schemas()["draft"]

    fill = draft["$defs"]["Execution"]["properties"]["fill"]
    assert fill["choices"] == ["next_open", "next_close", "same_close"]
    assert draft["additionalProperties"] is False
    assert DraftSpecification.model_json_schema() == draft
