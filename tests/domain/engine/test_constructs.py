"""What the schema declares the engine and the explanation do, and nothing else: both ways."""

import inspect
import re
from pathlib import Path
from typing import get_args

import pytest

from apps.domain import engine
from apps.domain.engine.plan import _HELD
from apps.domain.engine.selection import choose
from apps.domain.engine.weights import size_of
from apps.domain.language import explain as _explain
from apps.domain.language import sections
from apps.domain.language.schema import Evaluation
from apps.domain.language.vocabulary import _INPUT_KINDS

SOURCE = "\n".join(p.read_text() for p in sorted(Path(inspect.getfile(engine)).parent.glob("*.py")))
MODELS = [
    *get_args(sections.Selection), *get_args(sections.Weights), *get_args(sections.Universe), *get_args(sections.Input),
    sections.Sort, sections.Case, sections.Schedule, sections.Regime, sections.PortfolioVolatility, sections.Overlay,
    sections.Execution, sections.Futures, Evaluation,
]  # fmt: skip


def handled(dispatch):
    return {kind for kind in dispatch.registry if kind is not object}


def test_every_selection_and_scheme_is_handled_and_no_other():
    explanation = inspect.getmodule(_explain)

    assert handled(choose) == handled(explanation._selection) == set(get_args(sections.Selection))
    assert handled(size_of) == handled(explanation._scheme) == set(get_args(sections.Weights))


def test_every_kind_of_input_is_bound_and_no_other():
    kinds = {model.model_fields["kind"].default for model in get_args(sections.Input)}

    assert kinds == set(_INPUT_KINDS) == {*_HELD, "instrument"}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_is_read_by_the_engine(model):
    unread = {
        name for name in model.model_fields if name != "kind" and not re.search(rf"(\.{name}\b|\"{name}\")", SOURCE)
    }

    assert unread == set()


@pytest.mark.parametrize(
    "name", ["ROLL_CHOICES", "FILL_CHOICES", "REBALANCE_CHOICES", "FORMATION_CHOICES", "SPREAD_CHOICES"]
)
def test_every_choice_has_code(name):
    values = inspect.getsource(inspect.getmodule(sections.Data))
    assert name in values
    code = SOURCE + (Path(inspect.getfile(sections)).parents[1] / "values" / "futures.py").read_text()

    unread = [choice for choice in getattr(sections, name) if not re.search(rf"\"{choice}\"", code)]

    # the last of each list is what remains when no other is meant
    assert unread in ([], [getattr(sections, name)[-1]])
