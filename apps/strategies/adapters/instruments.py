"""How documents name the instruments that the platform's data sets carry."""

from __future__ import annotations

import re
from types import MappingProxyType

SPX = "SPX"
_INDICES = {
    SPX: r"S ?& ?P[- ]?500|Standard (?:&|and) Poor's 500|\bSPX\b",
    "IXIC": r"\bNASDAQ(?:[- ]Composite)?\b|\bIXIC\b",
}
_COMPANIES = {
    "AAPL": "Apple", "AMD": "Advanced Micro Devices", "BAC": "Bank of America", "BBY": "Best Buy", "CVX": "Chevron",
    "GE": "General Electric", "GOOG": "Google|Alphabet", "FB": "Facebook", "HD": "Home Depot", "IBM": "International Business Machines",
    "JNJ": "Johnson (?:&|and) Johnson", "JPM": "JP ?Morgan(?: Chase)?", "KO": "Coca[- ]Cola", "LLY": "Eli Lilly", "MRK": "Merck",
    "MSFT": "Microsoft", "PEP": "Pepsi(?:Co)?", "PFE": "Pfizer", "PG": "Procter (?:&|and) Gamble", "RRC": "Range Resources",
    "UNH": "UnitedHealth", "WMT": "Wal-?mart", "XOM": "Exxon(?: ?Mobil)?", "MTUM": "", "QUAL": "", "SIZE": "", "USMV": "", "VLUE": "",
}  # fmt: skip
_INDEX_PATTERNS = MappingProxyType({symbol: re.compile(names, re.IGNORECASE) for symbol, names in _INDICES.items()})
_STOCK_PATTERNS = MappingProxyType(
    {
        symbol: re.compile(rf"\b{symbol}\b" + (rf"|\b(?:{names})\b" if names else ""))
        for symbol, names in _COMPANIES.items()
    }
)


def indices_in(text: str) -> frozenset[str]:
    """Symbols of the indices that a text names."""
    return frozenset(symbol for symbol, pattern in _INDEX_PATTERNS.items() if pattern.search(text))


def stocks_in(text: str) -> frozenset[str]:
    """Symbols of the companies and funds that a text names, by ticker (in capitals) or by name."""
    return frozenset(symbol for symbol, pattern in _STOCK_PATTERNS.items() if pattern.search(text))


def names_in(text: str) -> frozenset[str]:
    """Symbols of every instrument that a text names."""
    return indices_in(text) | stocks_in(text)
