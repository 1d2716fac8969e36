"""What strategies take from their document: the cited sentences, with the values that rest on them."""

from __future__ import annotations

import json
from dataclasses import dataclass

from apps.domain.language import Citation, format_value
from apps.strategies.models import Strategy
from apps.strategies.queries.rows import draft_of


@dataclass(frozen=True, slots=True)
class Evidence:
    """A located quote and what rests on it: a value or a claim, as it is shown."""

    label: str
    shown: str
    citation: Citation

    @property
    def boxes_json(self) -> str:
        """The boxes as a viewer takes them: [[page, x0, y0, x1, y1], …]."""
        return json.dumps(self.citation.boxes)


def evidence_of(strategy: Strategy, /) -> list[Evidence]:
    """The located quotes of a strategy's draft, in the order of the document."""
    draft = draft_of(strategy)
    values = [(p.label, format_value(p.value, p.unit), p.citation) for p in draft.parameters.values()]
    claims = [(f"Claim: {c.label}", format_value(c.value, c.unit), c.citation) for c in draft.claims]
    found = [
        Evidence(label, shown, citation) for label, shown, citation in values + claims if citation and citation.boxes
    ]
    return sorted(found, key=lambda one: one.citation.boxes[0][:3:2])
