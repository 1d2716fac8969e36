"""The typed tree of a formula. Five kinds of node; the closed list of functions is `functions.FUNCTIONS`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Number:
    """A literal that is part of the rule's form (0, 1, 100), not a tunable number: those live in the parameter table."""

    value: float


@dataclass(frozen=True, slots=True)
class Name:
    """A field of the bars, a parameter, or another signal of the same strategy."""

    id: str


@dataclass(frozen=True, slots=True)
class Unary:
    """`op` is one of - not."""

    op: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary:
    """`op` is one of + - * / > >= < <= == != and or."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the closed list."""

    function: str
    arguments: tuple[Node, ...]


Node = Number | Name | Unary | Binary | Call
