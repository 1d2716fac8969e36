"""What a figure says in words, for everybody who does not look at it."""

from __future__ import annotations

from dataclasses import dataclass

from apps.domain.errors import DomainError


class FigureNotFoundError(DomainError):
    """There is no figure of that name."""

    code = "figure_not_found"
    status = 404


@dataclass(frozen=True, slots=True)
class Table:
    """What a figure shows, in words: cells are text, the first of each row its heading."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
