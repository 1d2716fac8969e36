"""The backtest engine. Importing it is cheap: compiled code loads with the first run. Contract: docs/engine.md."""

from apps.domain.engine.accounting import REASONS
from apps.domain.engine.evaluate import CircularSignalError, Evaluator, UnknownFunctionError, UnknownNameError
from apps.domain.engine.instructions import Instructions, instructions
from apps.domain.engine.lanes import with_values
from apps.domain.engine.plan import (
    DataMissingError,
    EmptyWindowError,
    MissingParameterError,
    ParameterValueError,
    UnknownSymbolError,
)
from apps.domain.engine.proof import LookAheadError, LookAheadProof, look_ahead_proof
from apps.domain.engine.result import ENGINE_VERSION, Diagnostic, OrderTable, Result, Trades, fingerprint, order_hash
from apps.domain.engine.run import run
from apps.domain.engine.sweep import Member, SweepError, axis_of, plan_sweep, sweep, sweep_members

__all__ = [
    "ENGINE_VERSION",
    "REASONS",
    "CircularSignalError",
    "DataMissingError",
    "Diagnostic",
    "EmptyWindowError",
    "Evaluator",
    "Instructions",
    "LookAheadError",
    "LookAheadProof",
    "Member",
    "MissingParameterError",
    "OrderTable",
    "ParameterValueError",
    "Result",
    "SweepError",
    "Trades",
    "UnknownFunctionError",
    "UnknownNameError",
    "UnknownSymbolError",
    "axis_of",
    "fingerprint",
    "instructions",
    "look_ahead_proof",
    "order_hash",
    "plan_sweep",
    "run",
    "sweep",
    "sweep_members",
    "with_values",
]
