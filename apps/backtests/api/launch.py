"""Launching for programs: the options of a run, the data check, the windows."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal
from uuid import UUID

from ninja import Router, Schema
from pydantic import Field

from apps.accounts.enums import DeskRequest
from apps.backtests import services
from apps.backtests.services import RunOptions, RunWindow

router = Router(tags=["backtests"])


class OptionsIn(Schema):
    """What differs from the version; what is left out is as the version says."""

    window: Literal["version", "paper", "after", "full", "custom"] = Field(
        default="version",
        description="version: as approved; paper: what the document's claims are about; after: from the day after its "
        "publication; full: all days of the data; custom: from `start` to `end`",
    )
    start: date | None = Field(default=None, description="First day of a custom window; by default that of the data")
    end: date | None = Field(default=None, description="Last day of a custom window; by default that of the data")
    benchmark: str | None = Field(default=None, max_length=20, description="A symbol; an empty string is none")
    cost_bps: float | Literal["house"] | None = Field(
        default=None,
        description="All that a fill costs, in basis points of its value; house: what the desk usually pays",
    )

    def options(self) -> RunOptions:
        days = RunWindow(self.start, self.end) if self.window == "custom" else None
        return RunOptions(window=days or self._preset(), benchmark=self.benchmark, cost_bps=self.cost_bps)

    def _preset(self) -> Literal["version", "paper", "after", "full"] | None:
        return None if self.window == "custom" else self.window


class NeedOut(Schema):
    what: str
    state: str = Field(description="covered, partly or missing")
    text: str
    remedy: str = Field(description="What to do where it is not covered")


class WindowOut(Schema):
    start: date | None = Field(description="Null is the first day of the data")
    end: date | None = Field(description="Null is the last day of the data")


class PresetOut(Schema):
    key: str
    label: str
    window: WindowOut | None = Field(description="Null where it cannot be chosen; `note` says why")
    note: str


class OverrideOut(Schema):
    name: str
    label: str
    version: str
    run: str


class EstimateOut(Schema):
    seconds: float
    n_runs: int = Field(description="How many of the desk's latest runs the pace rests on")


class LaunchOut(Schema):
    version_id: UUID
    needs: list[NeedOut]
    presets: list[PresetOut]
    benchmark: str = Field(description="The version's; empty when none")
    version_costs: str
    house_bps: float
    overrides: list[OverrideOut]
    obstacle: str = Field(description="What stands in the way of the run; empty when nothing does")
    estimate: EstimateOut | None
    fingerprint: str
    existing_id: UUID | None = Field(description="The same run, where it was asked for before")
    n_trials: int


@router.get("/strategies/{uuid:strategy_id}/launch", response=LaunchOut, summary="Check a run before it is started")
def get_launch(request: DeskRequest, strategy_id: UUID, version_id: UUID | None = None) -> dict[str, Any]:
    """What a run of the version needs and what there is, its windows by name, how long it takes, whether it exists."""
    return _out(services.launch_of(strategy_id=strategy_id, version_id=version_id))


def _out(launch: services.Launch) -> dict[str, Any]:
    names = set(LaunchOut.model_fields) - {"version_id", "existing_id"}
    return {name: getattr(launch, name) for name in names} | {
        "version_id": launch.version.id,
        "existing_id": launch.existing.id if launch.existing else None,
    }
