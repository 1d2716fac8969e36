"""Other engines, each behind one port: their owners install them, we ask them to keep the books of a run."""

from apps.backtests.adapters.bt_engine import BtEngine
from apps.backtests.adapters.engine import RefusedError, SecondEngine

ENGINES: dict[str, SecondEngine] = {engine.key: engine for engine in (BtEngine(),)}

__all__ = ["ENGINES", "RefusedError", "SecondEngine"]
