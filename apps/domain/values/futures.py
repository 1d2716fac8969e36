"""From the contracts of a future to one continuous series, and the two nearest prices of its curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from apps.domain.errors import DomainError
from apps.domain.values.panel import DayArray, FloatArray

RollRule = Literal["days_before_expiry", "volume", "open_interest"]
_PRICES = ("open", "high", "low", "close")


class ContractError(DomainError):
    """Contracts from which no continuous series can be made."""

    code = "contracts"


@dataclass(frozen=True, slots=True, eq=False)
class Contract:
    """One contract on the days of a panel: `expiry` is its last trading day; arrays have one entry per day, NaN where it
    does not trade. `close` is required."""

    expiry: np.datetime64
    close: FloatArray
    open: FloatArray | None = None
    high: FloatArray | None = None
    low: FloatArray | None = None
    volume: FloatArray | None = None
    open_interest: FloatArray | None = None

    def blanked(self, known: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Contract:
        """Only the days on which `known` is true; the expiry is known ahead."""

        def kept(values: FloatArray | None) -> FloatArray | None:
            return None if values is None else np.where(known, values, np.nan)

        return Contract(
            self.expiry, np.where(known, self.close, np.nan), kept(self.open), kept(self.high), kept(self.low),
            kept(self.volume), kept(self.open_interest),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class ContinuousFuture:
    """One series: prices by field, volume, the place of the contract held on each day (-1 for none), and the curve.

    `near`, `next` are the closes of the two nearest contracts that trade, unadjusted; `near_days`, `next_days` the calendar
    days to their expiry.
    """

    prices: Mapping[str, FloatArray]
    volume: FloatArray | None
    held: np.ndarray[tuple[int], np.dtype[np.int64]]
    near: FloatArray
    next: FloatArray
    near_days: FloatArray
    next_days: FloatArray


def continuous(
    contracts: Sequence[Contract], days: DayArray, *, rule: RollRule, days_before: int = 0
) -> ContinuousFuture:
    """Chain the contracts in the order of their expiry.

    "days_before_expiry" holds the first contract with more than `days_before` trading days to its expiry. "volume" and
    "open_interest" move to the next contract on the day after its figure exceeded that of the held one, never back, and at
    expiry at the latest. Prices are ratio-adjusted forward: at a roll, what follows is scaled so that the last close that
    both contracts have before it is the same; without one the series is undefined from there on. So the first contract
    stands as it traded, later rolls move no earlier value, and every return could be earned. Raises ContractError.
    """
    chain = sorted(contracts, key=lambda contract: contract.expiry)
    if not chain:
        raise ContractError("A continuous future needs at least one contract.")
    if any(len(contract.close) != len(days) for contract in chain):
        raise ContractError("Every contract must have one entry per day of the panel.")
    if len({contract.expiry for contract in chain}) < len(chain):
        raise ContractError("Two contracts expire on the same day; give each once.")
    held = _held(chain, days, rule, days_before)
    factor = _factors(chain, held)
    prices = {name: _chained(chain, held, name) * factor for name in _PRICES if _have(chain, name)}
    volume = _chained(chain, held, "volume") if _have(chain, "volume") else None
    return ContinuousFuture(prices, volume, held, *_curve(chain, days))


def _have(chain: Sequence[Contract], name: str) -> bool:
    return all(getattr(contract, name) is not None for contract in chain)


def _held(
    chain: Sequence[Contract], days: DayArray, rule: RollRule, days_before: int
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    dates = days.astype("datetime64[D]")
    last = np.array([np.searchsorted(dates, contract.expiry, side="right") - 1 for contract in chain])
    after = np.array([contract.expiry > dates[-1] for contract in chain])
    left = np.where(after[:, None], len(days), last[:, None]) - np.arange(len(days))[None, :]
    if rule == "days_before_expiry":
        alive = left > days_before - (days_before == 0)
        return np.where(alive.any(axis=0), np.argmax(alive, axis=0), -1)
    figures = [getattr(contract, rule) for contract in chain]
    if any(figure is None for figure in figures):
        raise ContractError(f"Contracts carry no {rule.replace('_', ' ')}; roll by days before expiry instead.")
    held = np.full(len(days), -1, dtype=np.int64)
    at = 0
    for t in range(len(days)):
        while at < len(chain) and left[at, t] < 0:
            at += 1
        if at == len(chain):
            break
        held[t] = at
        if at + 1 < len(chain) and figures[at + 1][t] > np.nan_to_num(figures[at][t]):
            at += 1  # from tomorrow on
    return held


def _factors(chain: Sequence[Contract], held: np.ndarray[tuple[int], np.dtype[np.int64]]) -> FloatArray:
    factor = np.ones(len(held))
    level = 1.0
    for t in range(1, len(held)):
        if held[t] != held[t - 1] and held[t] >= 0 and held[t - 1] >= 0:
            old, new = chain[held[t - 1]].close[:t], chain[held[t]].close[:t]
            with np.errstate(invalid="ignore"):
                common = np.flatnonzero((old > 0.0) & (new > 0.0))
            level *= old[common[-1]] / new[common[-1]] if len(common) else np.nan
        factor[t] = level
    return factor


def _chained(chain: Sequence[Contract], held: np.ndarray[tuple[int], np.dtype[np.int64]], name: str) -> FloatArray:
    out = np.full(len(held), np.nan)
    for place, contract in enumerate(chain):
        out[held == place] = getattr(contract, name)[held == place]
    return out


def _curve(chain: Sequence[Contract], days: DayArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    dates = days.astype("datetime64[D]")
    closes = np.stack([np.where(dates <= contract.expiry, contract.close, np.nan) for contract in chain])
    away = np.stack([(contract.expiry - dates).astype(np.float64) for contract in chain])
    order = np.argsort(~np.isfinite(closes), axis=0, kind="stable")[:2]
    if len(chain) == 1:
        order = np.concatenate([order, order])
    prices = np.take_along_axis(closes, order, axis=0)
    left = np.where(np.isfinite(prices), np.take_along_axis(away, order, axis=0), np.nan)
    if len(chain) == 1:
        prices[1] = left[1] = np.nan
    return prices[0], prices[1], left[0], left[1]
