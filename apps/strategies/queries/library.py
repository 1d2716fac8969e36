"""The library of published strategies: files that come with the platform, read once, the same for every desk."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

from apps.domain.errors import DomainError
from apps.domain.language import DraftSpecification, findings
from apps.marketdata import queries as marketdata
from apps.strategies.queries.rows import blocking, facts_among

FOLDER = Path(__file__).parents[1] / "library"
State = Literal["runnable", "data_missing", "refused"]
_ORDER: tuple[State, ...] = ("runnable", "data_missing", "refused")


class LibraryEntryNotFoundError(DomainError):
    """The library has no such strategy."""

    code = "library_entry_not_found"
    status = 404


@dataclass(frozen=True, slots=True)
class Paper:
    """Where a strategy was published."""

    authors: str
    title: str
    year: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the language cannot say, why, and the closest that it can."""

    construct: str
    reason: str
    closest: str


@dataclass(frozen=True, slots=True)
class LibraryEntry:
    """One published strategy in our own words. `draft` is None for what the language refuses, and `refused` says why.

    `state` and `missing` depend on the data that are loaded: see `library`.
    """

    slug: str
    number: int
    title: str
    listed: str
    paper: Paper | None
    summary: str
    topics: tuple[str, ...]
    level: str
    needs: tuple[str, ...]
    draft: DraftSpecification | None
    refused: Refusal | None
    state: State = "refused"
    missing: tuple[str, ...] = ()

    @property
    def is_runnable(self) -> bool:
        """Whether the loaded data suffice."""
        return self.state == "runnable"


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the counted strategies the language can say, and the loaded data can run."""

    n_listed: int
    n_expressible: int
    n_runnable: int
    refused: tuple[tuple[str, int], ...]
    by_level: tuple[tuple[str, int, int, int], ...]
    """(level, listed, expressible, runnable)"""


def library(*, text: str = "", topic: str = "", state: str = "") -> list[LibraryEntry]:
    """The entries that match, what can run first: `text` in title, summary or paper, every word of it."""
    words = text.lower().split()
    return [
        entry
        for entry in _with_states()
        if (not topic or topic in entry.topics)
        and (not state or entry.state == state)
        and all(word in _searched(entry) for word in words)
    ]


def library_entry(*, slug: str) -> LibraryEntry:
    """One entry; raises LibraryEntryNotFoundError."""
    found = next((entry for entry in _with_states() if entry.slug == slug), None)
    if found is None:
        raise LibraryEntryNotFoundError("The library has no such strategy. Browse the library to find it.", slug=slug)
    return found


def library_topics() -> list[str]:
    """Every topic, the most frequent first."""
    return [topic for topic, _ in Counter(t for e in _entries().values() for t in e.topics).most_common()]


def coverage() -> Coverage:
    """What the language can say and the data can run, of every strategy that was counted."""
    found = library()
    levels = sorted({entry.level for entry in found}, key=lambda level: (len(level), level))
    return Coverage(
        n_listed=len(found),
        n_expressible=sum(entry.draft is not None for entry in found),
        n_runnable=sum(entry.is_runnable for entry in found),
        refused=tuple(Counter(e.refused.construct for e in found if e.refused).most_common()),
        by_level=tuple((level, *_counts(entry for entry in found if entry.level == level)) for level in levels),
    )


def _counts(entries: Iterable[LibraryEntry]) -> tuple[int, int, int]:
    found = list(entries)
    return len(found), sum(e.draft is not None for e in found), sum(e.is_runnable for e in found)


def _with_states() -> tuple[LibraryEntry, ...]:
    """Every entry with what the loaded data say about it; checked once for each state of the data."""
    return _checked(tuple(marketdata.data_sets()))


@lru_cache(maxsize=4)
def _checked(data_sets: tuple[marketdata.DataSetInfo, ...]) -> tuple[LibraryEntry, ...]:
    found = [_with_state(entry, data_sets) for entry in _entries().values()]
    return tuple(sorted(found, key=lambda entry: _ORDER.index(entry.state)))


def _with_state(entry: LibraryEntry, data_sets: tuple[marketdata.DataSetInfo, ...]) -> LibraryEntry:
    if entry.draft is None:
        return entry
    stops = blocking(findings(entry.draft, **facts_among(entry.draft, data_sets)))
    state: State = "data_missing" if stops else "runnable"
    return replace(entry, state=state, missing=tuple(finding.message for finding in stops))


def _searched(entry: LibraryEntry) -> str:
    paper = f"{entry.paper.authors} {entry.paper.title} {entry.paper.year}" if entry.paper else ""
    return f"{entry.title} {entry.summary} {paper} {' '.join(entry.topics)}".lower()


@cache
def _entries() -> dict[str, LibraryEntry]:
    entries = [_read(file) for file in sorted(FOLDER.glob("*.json"))]
    return {entry.slug: entry for entry in sorted(entries, key=lambda entry: entry.title.lower())}


def _read(file: Path) -> LibraryEntry:
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return LibraryEntry(
        slug=file.stem,
        number=content["number"],
        title=content["title"],
        listed=content["list"],
        paper=Paper(**content["paper"]) if content.get("paper") else None,
        summary=content["summary"],
        topics=tuple(content["topics"]),
        level=content["level"],
        needs=tuple(content["needs"]),
        draft=DraftSpecification.model_validate(content["draft"]) if "draft" in content else None,
        refused=Refusal(**content["refused"]) if "refused" in content else None,
    )
