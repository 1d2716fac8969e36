"""The formula grammar: text to tree and back.

    formula    = or
    or         = and ("or" and)*
    and        = not ("and" not)*
    not        = "not" not | comparison
    comparison = sum [(">" | ">=" | "<" | "<=" | "==" | "!=") sum]
    sum        = product (("+" | "-") product)*
    product    = unary (("*" | "/") unary)*
    unary      = "-" unary | atom
    atom       = number | name | name "(" formula ("," formula)* ")" | "(" formula ")"

A comparison does not chain. Nothing is ever evaluated as code: the tree is all there is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from apps.domain.errors import DomainError
from apps.domain.language.tree import Binary, Call, Name, Node, Number, Unary

MAX_LENGTH = 500
_MAX_DEPTH = 40
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<op>>=|<=|==|!=|[><+\-*/(),])|(?P<end>$))"
)
_COMPARISONS = frozenset({">", ">=", "<", "<=", "==", "!="})
_KEYWORDS = frozenset({"and", "or", "not"})
_LEVELS = {"or": 1, "and": 2, "not": 3, **dict.fromkeys(_COMPARISONS, 4), "+": 5, "-": 5, "*": 6, "/": 6}
_UNARY_MINUS, _ATOM = 7, 8


class FormulaError(DomainError):
    """A formula cannot be read; `column` (1-based) points at the place, `suggestion` may help."""

    code = "formula"

    def __init__(self, message: str, *, column: int, suggestion: str | None = None) -> None:
        super().__init__(message, column=column, suggestion=suggestion)
        self.column = column
        self.suggestion = suggestion


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    column: int


def parse(text: str) -> Node:
    """The tree of a formula. Raises FormulaError."""
    if len(text) > MAX_LENGTH:
        raise FormulaError(
            f"A formula has at most {MAX_LENGTH} characters; name parts of it as signals.", column=MAX_LENGTH + 1
        )
    parser = _Parser(_tokens(text))
    node = parser.formula(0)
    parser.expect_end()
    return node


def print_formula(node: Node) -> str:
    """The canonical text of a tree: one spelling, no needless parentheses. `parse` is its inverse."""
    return _print(node)[0]


def _tokens(text: str) -> list[_Token]:
    found, at = [], 0
    while True:
        match = _TOKEN.match(text, at)
        if match is None:
            column = at + len(text[at:]) - len(text[at:].lstrip()) + 1
            raise FormulaError(f"“{text[column - 1]}” has no place in a formula.", column=column)
        kind = match.lastgroup or "end"
        found.append(_Token(kind, match.group(kind), match.start(kind) + 1))
        if kind == "end":
            return found
        at = match.end()


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens, self._at = tokens, 0

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._next
        self._at += token.kind != "end"
        return token

    def _takes(self, *texts: str) -> _Token | None:
        return self._take() if self._next.text in texts and self._next.kind != "number" else None

    def expect_end(self) -> None:
        token = self._next
        if token.kind == "end":
            return
        if token.text in _COMPARISONS:
            raise FormulaError("Comparisons do not chain. Write a > b and b > c.", column=token.column)
        raise FormulaError(f"An operator is missing before “{token.text}”.", column=token.column)

    def formula(self, depth: int) -> Node:
        if depth > _MAX_DEPTH:
            raise FormulaError(
                "The formula is nested too deeply; name parts of it as signals.", column=self._next.column
            )
        return self._joined("or", depth)

    def _joined(self, word: str, depth: int) -> Node:
        node = self._joined("and", depth) if word == "or" else self._negated(depth)
        while token := self._takes(word):
            right = self._joined("and", depth) if word == "or" else self._negated(depth)
            node = Binary(word, node, right, token.column)
        return node

    def _negated(self, depth: int) -> Node:
        if token := self._takes("not"):
            if depth > _MAX_DEPTH:
                raise FormulaError("The formula is nested too deeply.", column=token.column)
            return Unary("not", self._negated(depth + 1), token.column)
        left = self._sum(depth)
        if token := self._takes(*_COMPARISONS):
            return Binary(token.text, left, self._sum(depth), token.column)
        return left

    def _sum(self, depth: int) -> Node:
        node = self._product(depth)
        while token := self._takes("+", "-"):
            node = Binary(token.text, node, self._product(depth), token.column)
        return node

    def _product(self, depth: int) -> Node:
        node = self._unary(depth)
        while token := self._takes("*", "/"):
            node = Binary(token.text, node, self._unary(depth), token.column)
        return node

    def _unary(self, depth: int) -> Node:
        if token := self._takes("-"):
            if depth > _MAX_DEPTH:
                raise FormulaError("The formula is nested too deeply.", column=token.column)
            return Unary("-", self._unary(depth + 1), token.column)
        return self._atom(depth)

    def _atom(self, depth: int) -> Node:
        token = self._take()
        if token.kind == "number":
            return Number(float(token.text), token.column)
        if token.text == "(":
            node = self.formula(depth + 1)
            self._close(token)
            return node
        if token.kind == "word" and token.text not in _KEYWORDS:
            return self._call(token, depth) if self._next.text == "(" else Name(token.text, token.column)
        what = "the end" if token.kind == "end" else f"“{token.text}”"
        raise FormulaError(f"A value is missing before {what}.", column=token.column)

    def _call(self, name: _Token, depth: int) -> Call:
        opening = self._take()
        arguments = [self.formula(depth + 1)]
        while self._takes(","):
            arguments.append(self.formula(depth + 1))
        self._close(opening)
        return Call(name.text, tuple(arguments), name.column)

    def _close(self, opening: _Token) -> None:
        if not self._takes(")"):
            raise FormulaError(
                f"The parenthesis opened at column {opening.column} is not closed.", column=self._next.column
            )


def _print(node: Node) -> tuple[str, int]:
    match node:
        case Number(value):
            return _print_number(value), _ATOM
        case Name(id):
            return id, _ATOM
        case Call(function, arguments):
            return f"{function}({', '.join(_print(a)[0] for a in arguments)})", _ATOM
        case Unary("-", operand):
            return f"-{_wrapped(operand, _UNARY_MINUS)}", _UNARY_MINUS
        case Unary(op, operand):
            return f"{op} {_wrapped(operand, _LEVELS[op])}", _LEVELS[op]
        case Binary(op, left, right):
            level = _LEVELS[op]
            lowest_left = level + 1 if op in _COMPARISONS else level
            return f"{_wrapped(left, lowest_left)} {op} {_wrapped(right, level + 1)}", level


def _wrapped(node: Node, lowest: int) -> str:
    text, level = _print(node)
    return text if level >= lowest else f"({text})"


def _print_number(value: float) -> str:
    return str(int(value)) if value == int(value) else format(value, ".12f").rstrip("0")
