"""The slow lane: 100 000 cases, most of them cheap. `make fuzz` runs it; FUZZ_CASES and FUZZ_SEED choose how many and which.

No exception but a named one, no hang, no runaway memory. Cases come in batches of a thousand, each with its own seed, so that
hypothesis forgets what it has tried; a batch that fails shrinks its case and prints it.
"""

from __future__ import annotations

import os
import resource
import time
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from apps.domain.engine import run
from apps.domain.engine.evaluate import Evaluator
from apps.domain.engine.plan import plan_of
from apps.domain.errors import DomainError
from apps.domain.language import (
    FUNCTIONS,
    DraftSpecification,
    FormulaError,
    Kind,
    NotRunnable,
    check_formula,
    cost_of,
    executable_part,
    explain,
    explain_formula,
    findings,
    names_of,
    parse,
    print_formula,
    runnable,
    warm_up,
)
from apps.domain.language.grammar import MAX_LENGTH
from tests.domain.engine.test_fuzz import INPUTS, MARKETS, PARAMETERS, called, condition, drafts, number, row

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

N_CASES = int(os.environ.get("FUZZ_CASES", "100000"))
SEED = int(os.environ.get("FUZZ_SEED", "0"))
BATCH = 1000
SHARES = {"text": 0.45, "formula": 0.35, "value": 0.10, "specification": 0.10}
SECONDS = {"text": 2.0, "formula": 2.0, "value": 10.0, "specification": 20.0}
"""The most that one case may take of the processor; hundreds of times what the slowest took, so that only a hang is one."""
MEGABYTES = 300

PLAIN = {
    "meta": {"name": "Fuzz"}, "data": {"dataset": "dataset", "inputs": INPUTS}, "universe": {"symbols": "symbols"},
    "selection": {"kind": "all"}, "weights": {"kind": "equal"}, "schedule": {"rebalance": "period"},
    "execution": {"fill": "fill", "cost": "cost"}, "evaluation": {"capital": "capital"},
    "parameters": {name: row(name, value, unit) for name, (value, unit) in PARAMETERS.items() if name != "month"},
}  # fmt: skip
DRAFT = DraftSpecification.model_validate(PLAIN)
NAMES = {
    **dict.fromkeys(("open", "high", "low", "close", "volume", "f", "q", "i"), Kind.SERIES), "m": Kind.MARKET,
    "g": Kind.GROUP, "e": Kind.EVENT, "five": Kind.DURATION, "long": Kind.DURATION, "one": Kind.NUMBER, "three": Kind.NUMBER,
}  # fmt: skip


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


QUICK = settings(
    deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate, Phase.shrink]
)


@dataclass
class Lane:
    """What the lane has cost so far."""

    started: float = field(default_factory=time.perf_counter)
    at_first: int = field(default_factory=_peak)
    cases: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SHARES, 0))
    spent: dict[str, float] = field(default_factory=lambda: dict.fromkeys(SHARES, 0.0))
    slowest: dict[str, tuple[float, str]] = field(default_factory=lambda: dict.fromkeys(SHARES, (0.0, "")))
    passed: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SHARES, 0))

    @property
    def grown(self) -> float:
        """Megabytes."""
        return (_peak() - self.at_first) / 1024

    def report(self) -> str:
        lines = [
            f"{sum(self.cases.values()):,} cases in {time.perf_counter() - self.started:.0f} s, {self.grown:.0f} MB more"
        ]
        lines += [
            f"  {kind:14} {self.cases[kind]:7,} cases, {self.passed[kind]:7,} not refused, {self.spent[kind]:6.0f} s, slowest"
            f" {self.slowest[kind][0] * 1000:.0f} ms: {self.slowest[kind][1][:100]!r}"
            for kind in SHARES
        ]
        return "\n".join(lines)


@pytest.fixture(scope="module")
def lane(request):
    for market in MARKETS:
        evaluator = evaluator_on(market)
        for signature in FUNCTIONS.values():
            judged_value(evaluator, signature.example)  # compiled loops load before anything is measured
    settings(QUICK, max_examples=300)(seed(SEED)(given(drafts(), MARKET)(judged_specification_once)))()
    lane = Lane()
    yield lane
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print(f"\n{lane.report()}")  # noqa: T201 -- what the lane cost, for who waits for it


# Texts

PIECES = [
    *"()+-*/<>=!,._ 0123456789", "(((", ")))", "and", "or", "not", "NOT", ">=", "==", "!=", "close", "sma", "five", "1e5", "0x1",
    "\n", "\t", "\0", "\u00a0", "\u2028", "\u202e", "ﬀ", "١", "Ⅷ", "é", "𝟙", "’", "“", "{}", "{0}", "%s", "__import__", ".real", "[0]",
]  # fmt: skip
EXAMPLES = sorted({signature.example for signature in FUNCTIONS.values()})
PLACE = st.integers(0, 10**6)


def mutated(text, changes):
    for place, length, piece in changes:
        at = place % (len(text) + 1)
        text = text[:at] + piece + text[at + length :]
    return text


def repeated(before, middle, after, times, closed):
    return before * times + middle + after * closed


TEXTS = st.one_of(
    st.text(max_size=60),
    st.builds(
        mutated, st.sampled_from(EXAMPLES), st.lists(st.tuples(PLACE, st.integers(0, 3), st.sampled_from(PIECES)), max_size=4)
    ),
    st.lists(st.sampled_from(PIECES), max_size=20).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=20).map(" ".join),
    st.builds(
        repeated,
        st.sampled_from(["(", "-", "not ", "sma(", "abs(", "-(", "not (", "1 + (", "if_else(close > 0, ", "close, "]),
        st.sampled_from(["close", "", "close > 1", "1", "sma(close, 5)"]),
        st.sampled_from([")", " + 1", "-1", " and close > 1", " > 1", ")*2", " or x", ", 5)", "/0"]),
        st.integers(0, 90) | st.integers(90, 520) | st.integers(1000, 5000),
        st.integers(0, 90) | st.integers(90, 520) | st.integers(1000, 5000),
    ),
    st.builds(
        lambda digits, times, point: "close > " + digits * times + point,
        st.sampled_from(["9", "0", "1", "999999999999999", "10"]), st.integers(1, 5000), st.sampled_from(["", ".", ".5", "." + "9" * 400]),
    ),
    st.builds(lambda text, times: text * times, st.text(min_size=1, max_size=20), st.integers(1, 5000)),
)  # fmt: skip


def judged_text(text):
    try:
        node = parse(text)
    except FormulaError as refusal:
        assert len(refusal.message) < MAX_LENGTH + 200  # it may quote a word of the text
        assert 1 <= refusal.column <= len(text) + 1
        if len(text) % 4 == 0:  # dearer than the rest of a text
            draft = DRAFT.model_copy(update={"signals": {"s": text}})
            assert any(f.pointer == "/signals/s" for f in findings(draft))
            assert explain_formula("s > close", draft)
        return False
    assert len(text) <= MAX_LENGTH
    judged_formula(print_formula(node))
    return True


# Formulas

FORMULAS = st.one_of(number(2), condition(2), number(3), called(2, {*Kind}))


def judged_formula(text):
    try:
        node = parse(text)
    except FormulaError as refusal:  # printing may put parentheses and spaces where the author had none
        assert len(text) > MAX_LENGTH or "nested" in refusal.message or "large" in refusal.message
        return False
    assert print_formula(parse(print_formula(node))) == print_formula(node) or len(print_formula(node)) > MAX_LENGTH
    assert names_of(node) is not None
    draft = DRAFT.model_copy(update={"signals": {"s": text, "t": "s > lag(s, five)"}})
    assert explain_formula(text, draft)
    assert all(f.code and f.message for f in findings(draft))
    assert warm_up(draft) >= 0
    assert np.isfinite(cost_of(draft, n_symbols=500, n_days=5000))
    try:
        kind = check_formula(node, names=NAMES)
    except FormulaError as refusal:
        assert refusal.message
        assert 0 <= refusal.column <= len(text) + 1
        return False
    return kind in Kind


# Values


def evaluator_on(market):
    plan = plan_of(spec=runnable(DRAFT), inputs=MARKETS[market])
    return Evaluator(panel=plan.panel, numbers=plan.numbers, signals={}, named=plan.named)


def judged_value(evaluator, text):
    try:
        with np.errstate(all="ignore"):
            values = evaluator.series(text)
    except DomainError as refusal:
        assert refusal.message
        return False
    assert values.dtype == np.float64
    assert not np.isinf(values).any()
    return True


# Specifications


def judged_specification(draft, market):
    assert all(f.code and f.message and f.pointer is not None for f in findings(draft))
    assert explain(draft)
    try:
        spec = runnable(draft)
    except NotRunnable as refusal:
        assert refusal.findings
        return False
    assert executable_part(spec)
    try:
        with np.errstate(all="ignore"):
            result = run(spec=spec, panel=MARKETS[market])
    except DomainError as refusal:
        assert refusal.message
        return False
    assert np.isfinite(result.equity).all()
    assert np.isfinite(result.cash).all()
    return True


def judged_specification_once(draft, market):
    judged_specification(draft, market)


MARKET = st.sampled_from(sorted(MARKETS))
CASES = {
    "text": (st.tuples(TEXTS), judged_text),
    "formula": (st.tuples(FORMULAS), judged_formula),
    "value": (st.tuples(MARKET.map(evaluator_on), FORMULAS), judged_value),
    "specification": (st.tuples(drafts(), MARKET), judged_specification),
}
BATCHES = [
    pytest.param(kind, batch, min(BATCH, left), id=f"{kind}-{batch}")
    for kind, share in SHARES.items()
    for batch, left in enumerate(range(max(round(share * N_CASES), 1), 0, -BATCH))
]


@pytest.mark.parametrize(("kind", "batch", "n"), BATCHES)
def test_any_case_is_judged_refused_by_name_or_run(lane, kind, batch, n):
    strategy, judged = CASES[kind]

    @seed(hash((SEED, list(SHARES).index(kind), batch)))
    @settings(QUICK, max_examples=n)
    @given(strategy)
    def tried(case):
        started = time.process_time()
        lane.passed[kind] += bool(judged(*case))
        took = time.process_time() - started
        lane.cases[kind] += 1
        lane.spent[kind] += took
        if took > lane.slowest[kind][0]:
            lane.slowest[kind] = (took, str(case[-1] if kind == "value" else case[0]))
        assert took < SECONDS[kind]

    tried()

    assert lane.grown < MEGABYTES
