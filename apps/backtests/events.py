"""What happens to backtests."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.urls import reverse

from apps.events.events import EventData, OnRequest
from apps.notifications.enums import Topic


class _OfBacktest(EventData):
    title: str

    def path(self, subject_id: UUID) -> str | None:
        return reverse("backtests:detail", args=[subject_id])


class BacktestStarted(_OfBacktest):
    type: ClassVar[str] = "backtests.started"
    fingerprint: str

    def sentence(self) -> str:
        return f"started a backtest of “{self.title}”"


class BacktestFinished(_OfBacktest, OnRequest):
    type: ClassVar[str] = "backtests.finished"
    topic: ClassVar[str] = Topic.BACKTEST_FINISHED
    shared: ClassVar[tuple[str, ...]] = ("fingerprint", "order_hash", "verdict")
    fingerprint: str
    order_hash: str
    verdict: str

    def sentence(self) -> str:
        return f"finished the backtest of “{self.title}”: {self.verdict.lower()}"


class VerdictChanged(_OfBacktest, OnRequest):
    type: ClassVar[str] = "backtests.verdict_changed"
    topic: ClassVar[str] = Topic.VERDICT_CHANGED
    shared: ClassVar[tuple[str, ...]] = ("before", "after", "earlier_id")
    before: str
    after: str
    earlier_id: UUID
    earlier_asked_by: UUID | None = None

    def sentence(self) -> str:
        return f"judged “{self.title}” differently from the run before: {self.after.lower()}, was {self.before.lower()}"

    def concerned(self) -> tuple[UUID, ...]:
        return tuple(dict.fromkeys(p for p in (self.asked_by, self.earlier_asked_by) if p))


class BacktestFailed(_OfBacktest, OnRequest):
    type: ClassVar[str] = "backtests.failed"
    topic: ClassVar[str] = Topic.BACKTEST_FAILED
    shared: ClassVar[tuple[str, ...]] = ("code",)
    code: str

    def concerned(self) -> tuple[UUID, ...]:
        return () if self.code == "cancelled" else super().concerned()

    def sentence(self) -> str:
        if self.code == "cancelled":
            return f"cancelled the backtest of “{self.title}”"
        if self.code in {"data_missing", "unknown_symbol"}:
            return f"could not test “{self.title}”: data missing"
        return f"could not finish the backtest of “{self.title}”"


class BacktestRemade(_OfBacktest):
    type: ClassVar[str] = "backtests.remade"
    outcome: str

    def sentence(self) -> str:
        if self.outcome == "identical":
            return f"ran “{self.title}” again: identical, to the byte"
        return f"ran “{self.title}” again: it differs from the stored run"


class EngineChecked(_OfBacktest):
    """Another engine kept the books of a run."""

    type: ClassVar[str] = "backtests.engine_checked"
    shared: ClassVar[tuple[str, ...]] = ("engine", "engine_version", "outcome")
    engine: str
    engine_version: str
    outcome: str

    def sentence(self) -> str:
        checked = f"checked “{self.title}” with {self.engine} {self.engine_version}"
        if self.outcome == "agrees":
            return f"{checked}: it agrees to the cent"
        return f"{checked}: it {'differs' if self.outcome == 'differs' else 'cannot follow this run'}"


class _OfSweep(EventData):
    title: str

    def path(self, subject_id: UUID) -> str | None:
        return reverse("backtests:sweep", args=[subject_id])


class SweepStarted(_OfSweep):
    type: ClassVar[str] = "backtests.sweep_started"
    kind: str
    fingerprint: str
    n_members: int

    def sentence(self) -> str:
        return f"started a sweep of “{self.title}” over {self.n_members:,} run{'' if self.n_members == 1 else 's'}"


class SweepFinished(_OfSweep, OnRequest):
    type: ClassVar[str] = "backtests.sweep_finished"
    topic: ClassVar[str] = Topic.SWEEP_FINISHED
    shared: ClassVar[tuple[str, ...]] = ("kind", "fingerprint", "n_members")
    kind: str
    fingerprint: str
    n_members: int

    def sentence(self) -> str:
        return f"finished the sweep of “{self.title}” over {self.n_members:,} run{'' if self.n_members == 1 else 's'}"


class SweepFailed(_OfSweep, OnRequest):
    type: ClassVar[str] = "backtests.sweep_failed"
    topic: ClassVar[str] = Topic.SWEEP_FAILED
    shared: ClassVar[tuple[str, ...]] = ("code",)
    code: str

    def concerned(self) -> tuple[UUID, ...]:
        return () if self.code == "cancelled" else super().concerned()

    def sentence(self) -> str:
        done = "cancelled" if self.code == "cancelled" else "could not finish"
        return f"{done} the sweep of “{self.title}”"


class MemberChosen(_OfSweep):
    """Somebody set a draft to the values of a member: a reading preferred to others, or the best of a search."""

    type: ClassVar[str] = "backtests.member_chosen"
    number: int
    values: str
    reason: str

    def sentence(self) -> str:
        return f"chose {self.values} for “{self.title}”: {self.reason}"


class BacktestTagged(_OfBacktest):
    type: ClassVar[str] = "backtests.tagged"
    tag: str

    def sentence(self) -> str:
        return f"tagged a backtest of “{self.title}”: {self.tag}"


class BacktestUntagged(_OfBacktest):
    type: ClassVar[str] = "backtests.untagged"
    tag: str

    def sentence(self) -> str:
        return f"took the tag {self.tag} off a backtest of “{self.title}”"


class ViewSaved(EventData):
    type: ClassVar[str] = "backtests.view_saved"
    name: str
    is_shared: bool

    def sentence(self) -> str:
        return f"saved the view “{self.name}” of backtests{' for the desk' if self.is_shared else ''}"

    def path(self, subject_id: UUID) -> str | None:
        return reverse("backtests:list")


class ViewDeleted(EventData):
    type: ClassVar[str] = "backtests.view_deleted"
    name: str

    def sentence(self) -> str:
        return f"deleted the view “{self.name}” of backtests"

    def path(self, subject_id: UUID) -> str | None:
        return reverse("backtests:list")
