"""What happens to backtests."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.urls import reverse

from apps.events.events import EventData


class _OfBacktest(EventData):
    title: str

    def path(self, subject_id: UUID) -> str | None:
        return reverse("backtests:detail", args=[subject_id])


class BacktestStarted(_OfBacktest):
    type: ClassVar[str] = "backtests.started"
    fingerprint: str

    def sentence(self) -> str:
        return f"started a backtest of “{self.title}”"


class BacktestFinished(_OfBacktest):
    type: ClassVar[str] = "backtests.finished"
    fingerprint: str
    order_hash: str
    verdict: str

    def sentence(self) -> str:
        return f"finished the backtest of “{self.title}”: {self.verdict.lower()}"


class BacktestFailed(_OfBacktest):
    type: ClassVar[str] = "backtests.failed"
    code: str

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
