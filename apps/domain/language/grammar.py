"""The formula grammar: text to tree and back.

A comparison does not chain. Nothing is ever evaluated as code: the tree is all there is. The parser is table-driven, so
no text can exhaust the stack; the length of a text and the height of its tree are bounded for the recursive readers.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import NoReturn

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken, v_args

from apps.domain.errors import DomainError
from apps.domain.language.tree import Binary, Call, Name, Node, Number, Unary

GRAMMAR = r"""
?start: disjunction
?disjunction: conjunction | disjunction OR conjunction -> binary
?conjunction: negation | conjunction AND negation -> binary
?negation: comparison | NOT negation -> unary
?comparison: sum | sum COMPARISON sum -> binary
?sum: product | sum (PLUS | MINUS) product -> binary
?product: signed | product (TIMES | OVER) signed -> binary
?signed: atom | MINUS signed -> unary
?atom: NUMBER -> number
     | NAME -> name
     | NAME "(" disjunction ("," disjunction)* ")" -> call
     | "(" disjunction ")"

OR: "or"
AND: "and"
NOT: "not"
COMPARISON: ">=" | "<=" | "==" | "!=" | ">" | "<"
PLUS: "+"
MINUS: "-"
TIMES: "*"
OVER: "/"
NUMBER: /[0-9]+(\.[0-9]+)?/
NAME: /[A-Za-z_][A-Za-z0-9_]*/
%ignore /\s+/
"""
KEYWORDS = frozenset({"and", "or", "not"})
MAX_LENGTH = 500
MAX_HEIGHT = 100
_LARGEST = 10**15  # whole numbers up to here are exact
_COMPARISONS = frozenset({">", ">=", "<", "<=", "==", "!="})
_LEVELS = {"or": 1, "and": 2, "not": 3, **dict.fromkeys(_COMPARISONS, 4), "+": 5, "-": 5, "*": 6, "/": 6}
_UNARY_MINUS, _ATOM = 7, 8


class FormulaError(DomainError):
    """A formula cannot be read; `column` (1-based) points at the place, `suggestion` may help."""

    code = "formula"

    def __init__(self, message: str, *, column: int, suggestion: str | None = None) -> None:
        super().__init__(message, column=column, suggestion=suggestion)
        self.column = column
        self.suggestion = suggestion


@lru_cache(maxsize=4096)
def parse(text: str) -> Node:
    """The tree of a formula. Raises FormulaError."""
    if len(text) > MAX_LENGTH:
        raise FormulaError(
            f"A formula has at most {MAX_LENGTH} characters; name parts of it as signals.", column=MAX_LENGTH + 1
        )
    try:
        node: Node = _PARSER.parse(text)  # type: ignore[assignment]  # the transformer makes nodes, not lark's trees
    except UnexpectedCharacters as problem:
        at: int = problem.pos_in_stream  # type: ignore[assignment]  # lark declares None and sets a number
        raise FormulaError(f"“{text[at]}” has no place in a formula.", column=at + 1) from None
    except UnexpectedToken as problem:
        _refuse(problem, text)
    if _is_higher(node, MAX_HEIGHT):
        raise FormulaError("The formula is nested too deeply; name parts of it as signals.", column=1)
    return node


def print_formula(node: Node) -> str:
    """The canonical text of a tree: one spelling, no needless parentheses. `parse` is its inverse."""
    return _print(node)[0]


@v_args(inline=True)
class _Nodes(Transformer[Token, Node]):
    """Makes our nodes while the text is read."""

    def number(self, token: Token) -> Node:
        value = float(token)
        if value > _LARGEST:
            raise FormulaError(f"The number is too large; the largest is {_LARGEST:,}.", column=_column(token))
        return Number(value, _column(token))

    def name(self, token: Token) -> Node:
        return Name(str(token), _column(token))

    def unary(self, op: Token, operand: Node) -> Node:
        return Unary(str(op), operand, _column(op))

    def binary(self, left: Node, op: Token, right: Node) -> Node:
        return Binary(str(op), left, right, _column(op))

    def call(self, function: Token, *arguments: Node) -> Node:
        return Call(str(function), arguments, _column(function))


_PARSER = Lark(GRAMMAR, parser="lalr", lexer="basic", transformer=_Nodes())


def _column(token: Token) -> int:
    return (token.start_pos or 0) + 1


def _refuse(problem: UnexpectedToken, text: str) -> NoReturn:
    """Say what is wrong at an unexpected token in the words of someone who writes rules."""
    token = problem.token
    at_end = token.type == "$END"
    column = len(text) + 1 if at_end else _column(token)
    if "NAME" in problem.expected:
        what = "the end" if at_end else f"“{token}”"
        raise FormulaError(f"A value is missing before {what}.", column=column) from None
    if at_end:
        opened = _last_open(text)
        raise FormulaError(f"The parenthesis opened at column {opened} is not closed.", column=column) from None
    if token.type == "COMPARISON":
        raise FormulaError("Comparisons do not chain. Write a > b and b > c.", column=column) from None
    if token.type == "RPAR":
        raise FormulaError("This parenthesis closes nothing.", column=column) from None
    if token.type == "COMMA":
        raise FormulaError("A comma stands only between the values of a function.", column=column) from None
    keyword = token.lower() if token.lower() in KEYWORDS else None
    hint = f" Did you mean “{keyword}”?" if keyword and keyword != token else ""
    raise FormulaError(
        f"An operator is missing before “{token}”.{hint}", column=column, suggestion=keyword if hint else None
    ) from None


def _last_open(text: str) -> int:
    opened: list[int] = []
    for column, character in enumerate(text, start=1):
        if character == "(":
            opened.append(column)
        elif character == ")" and opened:
            opened.pop()
    return opened[-1] if opened else len(text)


def _is_higher(node: Node, limit: int) -> bool:
    """Whether a tree has more levels than `limit`; level by level, because the tree is not yet known to be low."""
    level = [node]
    for _ in range(limit):
        level = [part for parent in level for part in parts_of(parent)]
        if not level:
            return False
    return True


def parts_of(node: Node) -> tuple[Node, ...]:
    """The nodes right below a node."""
    match node:
        case Call(_, arguments):
            return arguments
        case Unary(_, operand):
            return (operand,)
        case Binary(_, left, right):
            return left, right
        case _:
            return ()


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
    """The fewest digits that read back as the same number, never with an exponent."""
    return str(int(value)) if value == int(value) else format(Decimal(repr(value)), "f")
