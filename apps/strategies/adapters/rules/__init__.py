"""The reader that needs no key and no network: rules about how research documents are worded."""

from apps.strategies.adapters.rules.reader import RuleReader

__all__ = ["RuleReader"]
