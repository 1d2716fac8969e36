"""What happens to a quote on its way from a page to a citation, and what a quote that stands nowhere looks like.

A disturbance keeps every word and figure; a falsehood changes what the sentence says.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence

Words = Sequence[str]
Disturb = Callable[[Words, random.Random], str]
Falsify = Callable[[Words, random.Random], str | None]


def _verbatim(words: Words, _: random.Random) -> str:
    return " ".join(words)


def _spaces(words: Words, rng: random.Random) -> str:
    return "".join(w + rng.choice((" ", "  ", "\n", "\t", "\u00a0", "\u2009", " \r\n ")) for w in words)


def _zero_width(words: Words, rng: random.Random) -> str:
    return " ".join(_inside(w, rng.choice(("\u200b", "\u2060", "\ufeff", "\u200c")), rng) for w in words)


def _ligatures(words: Words, _: random.Random) -> str:
    pairs = (("ffi", "\ufb03"), ("ffl", "\ufb04"), ("ff", "\ufb00"), ("fi", "\ufb01"), ("fl", "\ufb02"))
    return _exchanged(" ".join(words), pairs)


def _hyphenated(words: Words, rng: random.Random) -> str:
    return " ".join(_inside(w, rng.choice(("-\n", "- ", "\u2010\n")), rng) if rng.random() < 0.3 else w for w in words)


def _soft_hyphens(words: Words, rng: random.Random) -> str:
    return " ".join(_inside(w, rng.choice(("\u00ad", "\u00ad\n")), rng) if rng.random() < 0.5 else w for w in words)


def _dashes(words: Words, rng: random.Random) -> str:
    text = " ".join(words)
    return "".join(rng.choice("\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d") if c == "-" else c for c in text)


def _marks(words: Words, rng: random.Random) -> str:
    double, single = (
        rng.choice(("\u201c\u201d", "\u201e\u201c", "\u00ab\u00bb")),
        rng.choice("\u2019\u02bc\u2032\u00b4"),
    )
    text = re.sub(r'"(?=\w)', double[0], " ".join(words)).replace('"', double[1])
    return text.replace("'", single)


def _full_width(words: Words, _: random.Random) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in " ".join(words))


def _case(words: Words, rng: random.Random) -> str:
    return rng.choice((str.upper, str.lower, str.title))(" ".join(words))


def _decomposed(words: Words, rng: random.Random) -> str:
    """In quotation marks of its own, with an ellipsis of its own, as models hand quotes over."""
    opening, closing = rng.choice(
        (("\u201c", "\u201d"), ('"', '"'), ("\u2026", "\u2026"), ("...", "..."), ("'", "'"), ("", ","))
    )
    return opening + " ".join(words) + closing


def _all_together(words: Words, rng: random.Random) -> str:
    text = _ligatures(_dashes(_marks(words, rng).split(), rng).split(), rng)
    return _spaces(_hyphenated(_soft_hyphens(text.split(), rng).split(), rng).split(), rng)


DISTURBANCES: Mapping[str, Disturb] = {
    "verbatim": _verbatim,
    "spaces": _spaces,
    "zero-width characters": _zero_width,
    "ligatures": _ligatures,
    "hyphens at line ends": _hyphenated,
    "soft hyphens": _soft_hyphens,
    "dashes": _dashes,
    "quotation marks": _marks,
    "full width": _full_width,
    "case": _case,
    "marks around it": _decomposed,
    "all together": _all_together,
}


def _inside(word: str, mark: str, rng: random.Random) -> str:
    """The word with a mark between two of its letters."""
    places = [i for i in range(2, len(word) - 1) if word[i - 1].isalpha() and word[i].isalpha()]
    if not places:
        return word
    at = rng.choice(places)
    return word[:at] + mark + word[at:]


def _exchanged(text: str, pairs: Sequence[tuple[str, str]]) -> str:
    for one, other in pairs:
        text = text.replace(one, other)
    return text


_IN_WORDS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve", "twenty", "fifty")
_UNITS = {
    "days": "weeks", "weeks": "months", "months": "weeks", "month": "week", "years": "months", "year": "month",
    "weekly": "monthly", "monthly": "weekly", "daily": "monthly", "quarterly": "monthly", "annual": "monthly",
    "percent": "points", "points": "percent",
}  # fmt: skip
_CONTRARIES = (
    "long short", "buy sell", "bought sold", "buys sells", "above below", "top bottom", "highest lowest", "high low",
    "before after", "winners losers", "gross net", "more less", "higher lower", "up down", "over under", "largest smallest",
    "all none", "always never", "with without", "first last", "rises falls", "positive negative", "open close",
    "strongest weakest", "best worst", "enter exit", "most least", "increase decrease",
)  # fmt: skip
_OPPOSITES = {a: b for pair in _CONTRARIES for a, b in (pair.split(), pair.split()[::-1])}
_NEGATIONS = frozenset({"not", "no", "never", "nor", "neither", "without", "cannot", "none"})
_AFTER = frozenset(
    {"is", "are", "was", "were", "do", "does", "has", "have", "can", "may", "will", "should", "be", "we", "must"}
)


def _digit_changed(words: Words, rng: random.Random) -> str | None:
    text = " ".join(words)
    places = [m.start() for m in re.finditer(r"\d", text)]
    if not places:
        return None
    at = rng.choice(places)
    return text[:at] + rng.choice([d for d in "123456789" if d != text[at]]) + text[at + 1 :]


def _number_reshaped(words: Words, rng: random.Random) -> str | None:
    """A point moved, a digit more or less, a sign, a range turned round, a per cent sign lost."""
    places = [i for i, word in enumerate(words) if re.search(r"\d", word)]
    if not places:
        return None
    at = rng.choice(places)
    number = re.search(r"\d+(?:\.\d+)?", words[at])
    if number is None:
        return None
    digits = number[0]
    forms = [digits + "0", "-" + digits, digits[:-1] or "7", "1" + digits, digits.replace(".", "") + ".5"]
    if "." in digits:
        forms += [digits.replace(".", ""), digits.split(".")[0]]
    if "%" in words[at]:
        return _with(words, at, words[at].replace("%", " basis points"))
    return _with(words, at, words[at][: number.start()] + rng.choice(forms) + words[at][number.end() :])


def _number_word_changed(words: Words, rng: random.Random) -> str | None:
    places = [i for i, w in enumerate(words) if re.split(r"\W", w.lower())[0] in _IN_WORDS]
    if not places:
        return None
    at = rng.choice(places)
    old = re.split(r"\W", words[at])[0]
    new = rng.choice([n for n in _IN_WORDS if n != old.lower()])
    return _with(words, at, words[at].replace(old, new, 1))


def _unit_changed(words: Words, rng: random.Random) -> str | None:
    return _one_of(words, _UNITS, rng)


def _opposite(words: Words, rng: random.Random) -> str | None:
    return _one_of(words, _OPPOSITES, rng)


def _negation_changed(words: Words, rng: random.Random) -> str | None:
    places = [i for i, word in enumerate(words) if word.lower().strip(".,;") in _NEGATIONS]
    if places:
        return _with(words, rng.choice(places), "")
    places = [i for i, word in enumerate(words[:-1]) if word.lower() in _AFTER]
    if not places:
        return None
    at = rng.choice(places)
    return _with(words, at, f"{words[at]} {rng.choice(('not', 'never', 'no longer'))}")


def _figure_left_out(words: Words, rng: random.Random) -> str | None:
    places = [i for i, word in enumerate(words[1:-1], start=1) if re.search(r"\d", word)]
    return _with(words, rng.choice(places), "") if places else None


def _shuffled(words: Words, rng: random.Random) -> str | None:
    mixed = list(words)
    rng.shuffle(mixed)
    n_in_place = sum(one == other for one, other in zip(words, mixed, strict=True))
    return " ".join(mixed) if len(words) > 6 and n_in_place < len(words) / 4 else None


LIES: Mapping[str, Falsify] = {
    "digit changed": _digit_changed,
    "number reshaped": _number_reshaped,
    "number word changed": _number_word_changed,
    "figure left out": _figure_left_out,
    "unit changed": _unit_changed,
    "negation changed": _negation_changed,
    "opposite word": _opposite,
    "words shuffled": _shuffled,
}
"""None of these may be located anywhere."""


def dropped(words: Words, rng: random.Random) -> str | None:
    """A word or two less, which is neither a figure nor at an end."""
    places = [i for i, word in enumerate(words[1:-1], start=1) if word.isalpha()]
    if not places:
        return None
    gone = set(rng.sample(places, k=min(len(places), rng.choice((1, 2)))))
    return " ".join(word for i, word in enumerate(words) if i not in gone)


def invented(words: Words, rng: random.Random) -> str | None:
    """A word or two more, in the middle."""
    more = rng.sample(
        ("remarkably", "robust", "historically", "diversified", "simple", "proprietary", "liquid", "global"),
        k=rng.choice((1, 2)),
    )
    at = rng.randrange(1, len(words))
    return " ".join([*words[:at], *more, *words[at:]])


def misread(words: Words, rng: random.Random) -> str | None:
    """Letters as text recognition or a hasty typist mistakes them; never in a figure."""
    text = list(" ".join(words))
    places = [i for i, c in enumerate(text) if c in "lineocut"]
    for at in rng.sample(places, k=min(len(places), max(1, len(text) // 40))):
        text[at] = {"l": "I", "i": "l", "n": "ri", "e": "c", "o": "a", "c": "e", "u": "v", "t": "f"}[text[at]]
    return "".join(text)


BLURS: Mapping[str, Falsify] = {"words left out": dropped, "words invented": invented, "letters misread": misread}
"""Located where the passage stands and called fuzzy, or not located; never anywhere else."""


def _with(words: Words, at: int, new: str) -> str:
    return " ".join(word for word in (*words[:at], new, *words[at + 1 :]) if word)


def _one_of(words: Words, table: Mapping[str, str], rng: random.Random) -> str | None:
    places = [i for i, word in enumerate(words) if word.lower().strip(".,;:()") in table]
    if not places:
        return None
    at = rng.choice(places)
    plain = words[at].lower().strip(".,;:()")
    return _with(words, at, words[at].lower().replace(plain, table[plain]))
