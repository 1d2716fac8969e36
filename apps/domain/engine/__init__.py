"""The backtest engine. Importing it is cheap: compiled code loads with the first run. Contract: docs/engine.md."""

from apps.domain.engine.evaluate import CircularSignalError, Evaluator, UnknownFunctionError, UnknownNameError
from apps.domain.engine.plan import EmptyWindowError, MissingParameterError, ParameterValueError, UnknownSymbolError
from apps.domain.engine.proof import LookAheadError, LookAheadProof, look_ahead_proof
from apps.domain.engine.result import ENGINE_VERSION, Diagnostic, Orders, Result, Trades, fingerprint, order_hash
from apps.domain.engine.run import run

__all__ = [
    "ENGINE_VERSION",
    "CircularSignalError",
    "Diagnostic",
    "EmptyWindowError",
    "Evaluator",
    "LookAheadError",
    "LookAheadProof",
    "MissingParameterError",
    "Orders",
    "ParameterValueError",
    "Result",
    "Trades",
    "UnknownFunctionError",
    "UnknownNameError",
    "UnknownSymbolError",
    "fingerprint",
    "look_ahead_proof",
    "order_hash",
    "run",
]
