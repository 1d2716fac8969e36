"""The typed tree of a formula. Five kinds of node; the closed list of functions is `functions.FUNCTIONS`.

`column` says where in the text a node began (1-based; 0 when it was not parsed) and takes no part in equality: two
formulas that differ only in spacing are the same formula.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Number:
    """A literal that is part of the rule's form (0, 1, 100), not a tunable number: those live in the parameter table."""

    value: float
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A field of the bars, a parameter, or another signal of the same strategy."""

    id: str
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Unary:
    """`op` is one of - not."""

    op: str
    operand: Node
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """`op` is one of + - * / > >= < <= == != and or."""

    op: str
    left: Node
    right: Node
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the closed list."""

    function: str
    arguments: tuple[Node, ...]
    column: int = field(default=0, compare=False)


Node = Number | Name | Unary | Binary | Call
