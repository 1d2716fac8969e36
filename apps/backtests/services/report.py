"""A finished reading and its runs as one self-contained HTML page and as JSON: for the command line and for e-mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string

from apps.backtests.queries.gates import band, deciding, gates
from apps.backtests.services.work import Judged, plain
from apps.domain.language import (
    DraftSpecification,
    Finding,
    RunnableSpecification,
    execution_hash,
    explain,
    format_value,
)
from apps.domain.metrics import METRICS
from apps.marketdata.queries import DataSetInfo

_POINTS = 700


@dataclass(frozen=True, slots=True)
class Reported:
    """One strategy of a report: its draft, and either its run or what stands in the way of one."""

    draft: DraftSpecification
    open_findings: tuple[Finding, ...]
    spec: RunnableSpecification | None = None
    judged: Judged | None = None
    data: DataSetInfo | None = None


def report_json(*, title: str, remarks: tuple[str, ...], strategies: list[Reported], at: datetime) -> dict[str, Any]:
    """Everything that the HTML page says, for programs."""
    return {
        "document": title,
        "made_at": at.isoformat(),
        "remarks": list(remarks),
        "strategies": [_strategy(s) for s in strategies],
    }


def report_html(*, title: str, remarks: tuple[str, ...], strategies: list[Reported], at: datetime) -> str:
    """One page that opens from disk: no network, no script."""
    context = {
        "title": title,
        "remarks": remarks,
        "at": at,
        "strategies": [_page_of(s) for s in strategies],
    }
    return render_to_string("backtests/report.html", context)


def _page_of(reported: Reported) -> dict[str, Any]:
    """A strategy as the page shows it: numbers of gates and tolerances in words."""
    said = _strategy(reported)
    compared = [
        c | {"unit": METRICS[c["metric"]].unit, "band": band(c["tolerance"], METRICS[c["metric"]].unit)}
        for c in said.get("comparisons", [])
    ]
    return said | {
        "chart": _chart(reported.judged),
        "sentences": deciding(said["reasons"]),
        "gates": gates(said["reasons"]),
        "comparisons": compared,
    }


def _strategy(reported: Reported) -> dict[str, Any]:
    from apps.domain.verdict import MISSING_DATA, data_missing  # noqa: PLC0415 -- slow import

    draft = reported.draft
    rows = [
        {
            "name": name,
            "label": p.label,
            "value": format_value(p.value, p.unit),
            "status": "missing" if p.value is None else p.status.value,
            "note": p.note or p.question,
            "page": p.citation.page if p.citation else None,
            "quote": p.citation.quote if p.citation else "",
            "match": p.citation.match if p.citation else "",
        }
        for name, p in draft.parameters.items()
    ]
    made: dict[str, Any] = {
        "name": draft.meta.name,
        "explanation": explain(reported.spec or draft),
        "parameters": rows,
        "claims": [c.model_dump(mode="json") for c in draft.claims],
        "questions": [f.message for f in reported.open_findings],
        "verdict": "Not run",
        "reasons": [_open(f) for f in reported.open_findings],
    }
    untestable = data_missing(reported.open_findings)
    if untestable is not None:
        made |= {"verdict": untestable.word, "gate_version": untestable.gate_version}
        made["reasons"] = [plain(r) for r in untestable.reasons] + [
            _open(f) for f in reported.open_findings if f.code not in MISSING_DATA
        ]
    if reported.judged is None or reported.spec is None:
        return made
    judged, result = reported.judged, reported.judged.result
    return made | {
        "specification": reported.spec.model_dump(mode="json"),
        "execution_hash": execution_hash(reported.spec),
        "engine_version": result.engine_version,
        "window": [str(result.days[0]), str(result.days[-1])],
        "data": plain(reported.data) if reported.data else None,
        "metrics": [plain(METRICS[key]) | {"value": value} for key, value in judged.metrics.items() if key in METRICS],
        "comparisons": [plain(c) for c in judged.comparisons],
        "verdict": judged.verdict.word,
        "gate_version": judged.verdict.gate_version,
        "reasons": [plain(r) for r in judged.verdict.reasons],
        "n_orders": len(result.orders),
        "n_trades": len(result.trades),
    }


def _open(finding: Finding) -> dict[str, Any]:
    return {"code": finding.code, "tone": "warn", "sentence": finding.message}


def _chart(judged: Judged | None) -> dict[str, Any] | None:
    """The equity curve, and the benchmark's, as paths of an SVG of 900 by 260."""
    if judged is None:
        return None
    result = judged.result
    step = max(1, len(result.days) // _POINTS)
    curves = [result.equity[::step]] + (
        [result.benchmark_equity[::step]] if result.benchmark_equity is not None else []
    )
    top = max(float(c[c == c].max()) for c in curves)  # noqa: PLR0124 -- NaN is not itself
    bottom = min(float(c[c == c].min()) for c in curves)  # noqa: PLR0124 -- NaN is not itself
    paths = []
    for curve in curves:
        points = [
            f"{900 * i / max(1, len(curve) - 1):.1f},{250 - 240 * (float(v) - bottom) / max(1e-9, top - bottom):.1f}"
            for i, v in enumerate(curve)
            if v == v  # noqa: PLR0124
        ]
        paths.append("M" + "L".join(points))
    return {
        "strategy": paths[0],
        "benchmark": paths[1] if len(paths) > 1 else None,
        "first": str(result.days[0]),
        "last": str(result.days[-1]),
    }
