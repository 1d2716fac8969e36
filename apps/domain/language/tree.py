"""The typed tree of a formula. Five kinds of node; the closed list of functions is `functions.FUNCTIONS`.

`column` says where in the text a node began (1-based; 0 when it was not parsed) and takes no part in equality: two
formulas that differ only in spacing are the same formula.
"""

from __future__ import annotations

from dataclasses import dataclass, field


class _Hashed:
    """A node is asked for its hash whenever a value is looked up, and a tree is deep: it is worked out once."""

    __slots__ = ("_hash",)
    _hash: int

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            parts = tuple(getattr(self, name) for name in self.__match_args__[:-1])  # type: ignore[attr-defined]
            object.__setattr__(self, "_hash", hash((type(self).__name__, *parts)))
            return self._hash


@dataclass(frozen=True, slots=True)
class Number(_Hashed):
    """A literal that is part of the rule's form (0, 1, 100), not a tunable number: those live in the parameter table."""

    value: float
    column: int = field(default=0, compare=False)
    __hash__ = _Hashed.__hash__


@dataclass(frozen=True, slots=True)
class Name(_Hashed):
    """A field of the bars, a parameter, or another signal of the same strategy."""

    id: str
    column: int = field(default=0, compare=False)
    __hash__ = _Hashed.__hash__


@dataclass(frozen=True, slots=True)
class Unary(_Hashed):
    """`op` is one of - not."""

    op: str
    operand: Node
    column: int = field(default=0, compare=False)
    __hash__ = _Hashed.__hash__


@dataclass(frozen=True, slots=True)
class Binary(_Hashed):
    """`op` is one of + - * / > >= < <= == != and or."""

    op: str
    left: Node
    right: Node
    column: int = field(default=0, compare=False)
    __hash__ = _Hashed.__hash__


@dataclass(frozen=True, slots=True)
class Call(_Hashed):
    """A function of the closed list."""

    function: str
    arguments: tuple[Node, ...]
    column: int = field(default=0, compare=False)
    __hash__ = _Hashed.__hash__


Node = Number | Name | Unary | Binary | Call
