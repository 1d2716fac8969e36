"""The names that the formulas of a specification may use: what each is, whether it is the same for every instrument, and
whether it is known ahead."""

from __future__ import annotations

from dataclasses import dataclass

from apps.domain.language.functions import CALENDAR_NAMES, FUNCTIONS, Kind
from apps.domain.language.grammar import FormulaError, parse, parts_of
from apps.domain.language.parameters import DURATIONS
from apps.domain.language.references import Spec, signals_in_order
from apps.domain.language.tree import Call, Name, Node
from apps.domain.language.typecheck import check_formula
from apps.domain.values.panel import FIELDS

CURVE_FIELDS = ("near", "next", "near_days", "next_days")
_CONDITIONS_OF_THE_CALENDAR = frozenset({"option_expiry_week"})
_INPUT_KINDS = {
    "series": Kind.MARKET,
    "instrument": Kind.MARKET,
    "field": Kind.SERIES,
    "fact": Kind.SERIES,
    "group": Kind.GROUP,
    "event": Kind.EVENT,
}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Kinds by name, and the names whose value is the same for every instrument, or known ahead. Signals included, but
    for those that do not fit together."""

    kinds: dict[str, Kind]
    of_the_market: frozenset[str]
    known_ahead: frozenset[str]

    def is_of_the_market(self, node: Node) -> bool:
        """Whether a formula has one value a day, the same for every instrument."""
        match node:
            case Name(id):
                return id in self.of_the_market
            case Call(function, _) if function in FUNCTIONS and FUNCTIONS[function].result is Kind.MARKET:
                return True
        return all(self.is_of_the_market(part) for part in parts_of(node))

    def is_known_ahead(self, node: Node) -> bool:
        """Whether the calendar and parameters alone decide a formula."""
        if isinstance(node, Name):
            return node.id in self.known_ahead
        return all(self.is_known_ahead(part) for part in parts_of(node))


def reserved_names(spec: Spec) -> frozenset[str]:
    """Names that a signal or a parameter may not take: fields, the calendar, the inputs of this strategy."""
    curve = CURVE_FIELDS if spec.data.futures else ()
    return frozenset({*FIELDS, *CALENDAR_NAMES, *curve, *spec.data.inputs})


def vocabulary(spec: Spec) -> Vocabulary:
    """What every name of `spec` stands for."""
    kinds = dict.fromkeys(FIELDS, Kind.SERIES)
    if spec.data.futures:
        kinds |= dict.fromkeys(CURVE_FIELDS, Kind.SERIES)
    kinds |= {name: Kind.BOOLEAN if name in _CONDITIONS_OF_THE_CALENDAR else Kind.CALENDAR for name in CALENDAR_NAMES}
    kinds |= {name: _INPUT_KINDS[source.kind] for name, source in spec.data.inputs.items()}
    for name, parameter in spec.parameters.items():
        kinds[name] = Kind.DURATION if parameter.unit in DURATIONS else Kind.NUMBER
    fixed = {name for name, kind in kinds.items() if kind in {Kind.NUMBER, Kind.DURATION}}
    ahead = fixed | set(CALENDAR_NAMES)
    market = ahead | {name for name, kind in kinds.items() if kind is Kind.MARKET}
    for name in signals_in_order(spec):
        try:
            node = parse(spec.signals[name])
            kinds[name] = check_formula(node, names=kinds)
        except FormulaError:
            continue  # formula_findings says so at the signal's own place
        so_far = Vocabulary(kinds, frozenset(market), frozenset(ahead))
        if so_far.is_of_the_market(node):
            market.add(name)
        if so_far.is_known_ahead(node):
            ahead.add(name)
    return Vocabulary(kinds, frozenset(market), frozenset(ahead))
