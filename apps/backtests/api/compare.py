"""Comparisons for programs."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from ninja import Router, Schema
from pydantic import Field

from apps.accounts.enums import DeskRequest
from apps.backtests import queries

router = Router(tags=["backtests"])


class ComparedCell(Schema):
    backtest_id: UUID
    value: float | None
    difference: float | None = Field(description="This run minus the first one; null for the first")
    low: float | None = Field(description="Lower end of the interval of the difference; null where there is none")
    high: float | None
    excludes_zero: bool


class ComparedMeasure(Schema):
    key: str
    label: str
    unit: str
    convention: str
    cells: list[ComparedCell]


class ComparedRun(Schema):
    backtest_id: UUID
    name: str
    sharpe_z: float | None = Field(description="Jobson-Korkie-Memmel z of its Sharpe ratio against the first run's")
    sharpe_p: float | None = Field(description="Two-sided probability under equal Sharpe ratios")
    correlation: float | None = Field(description="Of daily returns, with the first run's")


class ComparedInput(Schema):
    kind: str = Field(description="Parameter, Rules, Data, Costs, Window or Engine")
    label: str
    values: list[str] = Field(description="One a run, in their order")
    differs: bool
    decides: bool = Field(description="Whether a difference here can explain a difference of results")


class CompareOut(Schema):
    runs: list[ComparedRun]
    start: date
    end: date
    n_days: int
    level: float = Field(description="Of each interval: 95 % for all of them together")
    bootstrap_samples: int
    mean_block: int = Field(description="Trading days")
    seed: int
    measures: list[ComparedMeasure]
    inputs: list[ComparedInput]
    difference: str = Field(description="What differs, in one sentence")
    winner: UUID | None = Field(description="Only where exactly one input differs and the interval excludes zero")
    judgement: str = Field(description="Why there is a winner, or why none")


@router.get("/backtests/compare", response=CompareOut, summary="Compare two to eight runs")
def compare_backtests(request: DeskRequest, ids: str) -> dict[str, Any]:
    """`ids` with commas between; the others are held to the first. On the days that all of them have."""
    found = queries.comparison(ids=queries.ids_of([ids]))
    keys = [run.id for run in found.runs]
    told = [
        {
            "backtest_id": key,
            "name": name,
            "sharpe_z": test.z if test else None,
            "sharpe_p": test.p_value if test else None,
            "correlation": correlation,
        }
        for key, name, test, correlation in zip(keys, found.names, found.tests, found.correlations, strict=True)
    ]
    measures = [
        {
            "key": row.key,
            "label": row.label,
            "unit": row.unit,
            "convention": row.convention,
            "cells": [_cell(key, cell) for key, cell in zip(keys, row.cells, strict=True)],
        }
        for row in found.rows
    ]
    return {
        "runs": told,
        "start": found.first,
        "end": found.last,
        "n_days": found.n_days,
        "level": found.level,
        "bootstrap_samples": queries.N_SAMPLES,
        "mean_block": queries.MEAN_BLOCK,
        "seed": queries.SEED,
        "measures": measures,
        "inputs": found.inputs,
        "difference": found.sentence,
        "winner": found.winner.id if found.winner else None,
        "judgement": found.judgement,
    }


def _cell(key: UUID, cell: Any) -> dict[str, Any]:
    names = ("value", "difference", "low", "high", "excludes_zero")
    return {"backtest_id": key} | {name: getattr(cell, name) for name in names}
