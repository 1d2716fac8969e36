"""Canonical JSON (RFC 8785): one text for one value, so that a hash of the text is a hash of the value."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import Any

from apps.domain.errors import DomainError

_EXACT_INTEGERS = 2**53
_FIXED_FROM, _FIXED_TO = -6, 21  # decimal exponents that ECMAScript prints without "e"


class NotCanonicalError(DomainError):
    """The value has no canonical JSON: NaN, an infinity, a whole number that a double cannot hold, half a character,
    a foreign type."""

    code = "not_canonical"


def canonical_json(value: Any) -> str:
    """The canonical text of a JSON value. Object keys are sorted by their UTF-16 code units; floats are as ECMAScript
    prints them. Raises NotCanonicalError."""
    return "".join(_parts(value))


def _parts(value: Any) -> list[str]:
    if value is None or isinstance(value, bool):
        return [json.dumps(value)]
    if isinstance(value, str):
        return [_string(value)]
    if isinstance(value, int):
        if abs(value) > _EXACT_INTEGERS:
            raise NotCanonicalError(f"The whole number {value} is too large for JSON.")
        return [str(value)]
    if isinstance(value, float):
        return [_float(value)]
    if isinstance(value, list | tuple):
        inner = [["," if position else "", *_parts(item)] for position, item in enumerate(value)]
        return ["[", *(part for item in inner for part in item), "]"]
    if isinstance(value, dict):
        return _object(value)
    raise NotCanonicalError(f"A {type(value).__name__} is not a JSON value.")


def _object(value: dict[Any, Any]) -> list[str]:
    if not all(isinstance(key, str) for key in value):
        raise NotCanonicalError("The keys of a JSON object are text.")
    parts = ["{"]
    for position, key in enumerate(sorted(value, key=lambda k: k.encode("utf-16-be", "surrogatepass"))):
        parts += ["," if position else "", _string(key), ":", *_parts(value[key])]
    return [*parts, "}"]


def _string(value: str) -> str:
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise NotCanonicalError("The text holds half a character (a lone surrogate), which no JSON text may.")
    return json.dumps(value, ensure_ascii=False)


def _float(value: float) -> str:
    """ECMAScript's Number::toString, which RFC 8785 prescribes."""
    if not math.isfinite(value):
        raise NotCanonicalError("NaN and infinities are not JSON values.")
    if value == 0:
        return "0"
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    text = "".join(map(str, digits)).rstrip("0") or "0"
    point = int(exponent) + len(digits)  # where the decimal point stands, counted from the first digit
    return ("-" if sign else "") + _place_point(text, point)


def _place_point(digits: str, point: int) -> str:
    n = len(digits)
    if n <= point <= _FIXED_TO:
        return digits + "0" * (point - n)
    if 0 < point <= _FIXED_TO:
        return f"{digits[:point]}.{digits[point:]}"
    if _FIXED_FROM < point <= 0:
        return f"0.{'0' * -point}{digits}"
    mantissa = digits[0] + (f".{digits[1:]}" if n > 1 else "")
    return f"{mantissa}e{'+' if point > 0 else '-'}{abs(point - 1)}"
