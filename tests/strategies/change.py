"""Pieces that tests of strategies and backtests share."""

from __future__ import annotations

from typing import Any


def changed(spec: Any, path: str, value: Any) -> Any:
    """A copy with one leaf of its JSON set."""
    content = spec.model_dump(mode="json")
    *parents, last = path.strip("/").split("/")
    node = content
    for key in parents:
        node = node[key]
    node[last] = value
    return type(spec).model_validate(content)
