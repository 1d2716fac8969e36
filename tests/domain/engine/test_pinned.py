"""Ten runs of the library on made-up data, pinned by the hash of their order list.

A changed hash means that results change: then ENGINE_VERSION must change with it. Amounts are hashed to seven digits: the
made-up prices pass through functions whose last digit differs between processors.
"""

import hashlib

import pytest

from apps.domain.engine import ENGINE_VERSION, run
from apps.domain.language import runnable
from tests.strategies.test_library import DRAFTS, made_up

PINNED = {
    "momentum-in-stocks": "ef213e97c18c049993527336f16c70d27c136eae2e0a74edca2ecfd15329b20d",
    "turn-of-the-month": "0ccd5a4f0a277153758859c320b126ece6c7decad96df43397c3613e78da8dd4",
    "time-series-momentum": "8995cf8cbc3bcac9fefc027232d73a487c1895c0b2d8428e820b595e8255a2ef",
    "pairs-trading-country-etfs": "a0237207f5259d4352922b8d8c6eb64327ef17a389381b5c44738fbfe7be68be",
    "dynamic-breakout": "4ec6e19fca27ac4c544c21da99725227fd021d6c1637dcb23609b538006fb527",
    "52-week-high": "f3f8aed87a308011cda201635cb5e37a205303729a856b14df4f2d7c51fd0e61",
    "overnight-anomaly": "1554d158694482237ded09a0475f861bedd1d4f33bf46b89fa2725acd82d1822",
    "accrual-anomaly": "c5ee9ba3a9fe2ff82cbcbe00f7ab3ad2dc026def5d10166f59cb076ba4974f89",
    "vix-predicts-the-index": "18704961d17bef25cd97feeb6a7ccd744604885ae403d7daea83fd6ad8bdde05",
    "leveraged-etf-and-200-day-average": "ea3fe1dab7a5050f7f16c6de592e9b327200715daa22550813ebd703181a9780",
}


def digest(result):
    orders = result.orders
    rows = zip(
        orders.day, orders.symbol, orders.side, orders.reason, orders.shares, orders.price, orders.cost, strict=True
    )
    lines = [
        f"{day} {result.symbols[s]} {side} {why} {n:.7g} {price:.7g} {cost:.7g}"
        for day, s, side, why, n, price, cost in rows
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@pytest.mark.parametrize("slug", sorted(PINNED))
def test_orders_of_a_pinned_run_are_unchanged(slug):
    assert ENGINE_VERSION == "2.1.2"
    assert digest(run(spec=runnable(DRAFTS[slug]), panel=made_up(DRAFTS[slug]))) == PINNED[slug]
