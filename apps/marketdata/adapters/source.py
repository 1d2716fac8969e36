"""The port: what a source of market data gives us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from apps.domain.values import Panel
from apps.marketdata.enums import DataSetKind


@dataclass(frozen=True, slots=True)
class Loaded:
    """A data set as a source gives it. For a series the values stand in the panel's `close`."""

    key: str
    title: str
    kind: DataSetKind
    panel: Panel
    source: str
    licence: str
    currency: str = ""
    unit: str = ""
    names: Mapping[str, str] = field(default_factory=dict)


class Source(Protocol):
    """A source: `package` names its version without loading anything."""

    package: str

    def load(self) -> Sequence[Loaded]:
        """Every data set of the source."""
        ...
