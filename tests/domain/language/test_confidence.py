"""How far a value can be trusted, from how it was found."""

from __future__ import annotations

import pytest

from apps.domain.language import Citation, DraftParameter, confidence_of


def row(status, value=1.0, match=None, score=1.0):
    citation = None if match is None else Citation(page=1, quote="words", match=match, score=score)
    return DraftParameter(label="Cost", unit="bps", status=status, value=value, citation=citation)


@pytest.mark.parametrize(
    ("parameter", "sure", "said"),
    [
        (row("stated", match="exact"), "high", "word by word"),
        (row("stated", match="normalised"), "high", "spelling"),
        (row("stated", match="fuzzy", score=0.91), "medium", "91%"),
        (row("stated", match="not located"), "low", "not found"),
        (row("stated"), "low", "no words"),
        (row("inferred", match="exact"), "medium", "follows"),
        (row("inferred"), "low", "as a whole"),
        (row("assumed"), "low", "platform's choice"),
        (row("missing", value=None), "none", "question"),
        (row("stated", value=None, match="exact"), "none", "question"),
        (row("analyst"), "high", "person"),
    ],
)
def test_confidence_follows_from_status_and_from_how_the_quote_was_found(parameter, sure, said):
    found = confidence_of(parameter)

    assert found.sure == sure
    assert said in found.reason
