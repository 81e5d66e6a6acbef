"""Turn formulas into Python source: one local variable a line, and what is needed twice set aside."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dealmodel.basics.errors import ModelError
from dealmodel.lines.arithmetic import round_to
from dealmodel.lines.expressions import (
    Ahead,
    Call,
    Expr,
    Line,
    Lookup,
    Number,
    Param,
    Previous,
    Reduce,
    SumAhead,
)
from dealmodel.lines.model import Definition
from dealmodel.lines.names import identifier
from dealmodel.lines.sharing import Sharing

COMPARISONS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}
ARITHMETIC = {"add": "+", "sub": "-", "mul": "*", "div": "/"}
FUNCTIONS = {"power": "power", "exp": "exp", "log": "log"}
SCOPE: dict[str, object] = {
    "round_to": round_to, "power": math.pow, "exp": math.exp, "log": math.log, "inf": math.inf,
}  # fmt: skip
"""What generated code calls for single numbers."""


MANY = 4
"""Arguments from which on Python's own `min` is quicker than comparing one by one."""


def _chain(node: Call) -> list[Expr]:
    """Arguments of a minimum of minima, or a maximum of maxima, in order."""
    first, second = node.args
    inner = _chain(first) if isinstance(first, Call) and first.operation == node.operation else [first]
    return [*inner, second]


def reduction_name(node: Reduce) -> str:
    """Variable that holds a reduction."""
    return f"r_{node.how}_{identifier(node.line.name)}"


class Writer:
    """Turns formulas into Python source, hoisting what is needed twice."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.prelude: list[str] = []
        self.sharing: Sharing | None = None
        self.once: dict[int, str] = {}
        self.each_month: dict[int, str] = {}
        self.params: dict[str, str] = {}
        self.monthly: dict[str, str] = {}
        self._temporaries = 0

    def code(self, node: Expr) -> str:
        """Source of a formula's value."""
        if isinstance(node, Call):
            return self._call(node) if self.sharing is None else self._shared(node, self.sharing)
        if isinstance(node, Line):
            return identifier(node.name)
        if isinstance(node, Param):
            return (self.monthly if node.monthly else self.params)[node.path]
        if isinstance(node, Number):
            return repr(node.value)
        if isinstance(node, Previous):
            return f"{identifier(node.line.name)}_{node.months}"
        if isinstance(node, Lookup):
            return self._lookup(node)
        if isinstance(node, Ahead | SumAhead):
            return self._ahead(node)
        if isinstance(node, Reduce):
            return reduction_name(node)
        raise ModelError(f"{type(node).__name__} has no Python form")

    def share(self, definitions: Sequence[Definition]) -> None:
        """From here on work out once what these definitions hold alike in every month, or more than once in a month."""
        self.sharing = Sharing(item.formula for item in definitions)
        self.once.clear()
        self.each_month.clear()

    def _shared(self, node: Call, sharing: Sharing) -> str:
        number = sharing.number(node)
        known = self.once.get(number) or self.each_month.get(number)
        if known is not None:
            return known
        if sharing.is_constant(node):
            return self._set_aside(node, number, self.once, self.prelude)
        if sharing.recurs(node):
            return self._set_aside(node, number, self.each_month, self.statements)
        return self._call(node)

    def _set_aside(self, node: Call, number: int, names: dict[int, str], where: list[str]) -> str:
        self._temporaries += 1
        name = f"h{self._temporaries}"
        before = len(self.statements)
        source = self._call(node)
        if where is self.prelude:
            where += self.statements[before:]
            del self.statements[before:]
        where.append(f"{name} = {source}")
        names[number] = name
        return name

    def atom(self, node: Expr) -> str:
        """Source that may be repeated: a name or a number, hoisted into a temporary where it is neither."""
        source = self.code(node)
        if source.replace("_", "").replace(".", "").isalnum():
            return source
        self._temporaries += 1
        name = f"h{self._temporaries}"
        self.statements.append(f"{name} = {source}")
        return name

    def condition(self, node: Expr) -> str:
        """Source of a condition, for use after `if`."""
        if isinstance(node, Call):
            if node.operation in COMPARISONS:
                return f"{self.code(node.args[0])} {COMPARISONS[node.operation]} {self.code(node.args[1])}"
            if node.operation in ("both", "either"):
                word = "and" if node.operation == "both" else "or"
                return f"({self.condition(node.args[0])} {word} {self.condition(node.args[1])})"
            if node.operation == "negate":
                return f"(not {self.condition(node.args[0])})"
        return self.code(node)

    def _call(self, node: Call) -> str:
        operation, args = node.operation, node.args
        if operation in ARITHMETIC:
            return f"({self._left(operation, args[0])} {ARITHMETIC[operation]} {self.code(args[1])})"
        if operation == "sum_states":
            return "(" + " + ".join(self.code(term) for term in args) + ")"
        if operation == "abs":
            return f"abs({self.code(args[0])})"
        if operation == "neg":
            return f"(0.0 - {self.code(args[0])})"
        if operation in ("min", "max"):
            many = _chain(node)
            if len(many) >= MANY:
                return f"{operation}({', '.join(self.code(argument) for argument in many)})"
            first, second = self.atom(args[0]), self.atom(args[1])
            return f"({first} if {first} {'<' if operation == 'min' else '>'} {second} else {second})"
        if operation == "where":
            return f"({self.code(args[1])} if {self.condition(args[0])} else {self.code(args[2])})"
        if operation == "ratio":
            below = self.atom(args[1])
            return f"({self.code(args[0])} / {below} if {below} else {self.code(args[2])})"
        if operation == "round":
            return f"round_to({self.code(args[0])}, {node.digits})"
        if operation in FUNCTIONS:
            return f"{FUNCTIONS[operation]}({', '.join(self.code(argument) for argument in args)})"
        return f"(1.0 if {self.condition(node)} else 0.0)"

    def _left(self, operation: str, node: Expr) -> str:
        source = self.code(node)
        chain = isinstance(node, Call) and node.operation in ("add", "sub") and operation in ("add", "sub")
        return (
            source[1:-1] if chain and source.startswith("(") else source
        )  # a long sum would nest deeper than Python reads

    def _lookup(self, node: Lookup) -> str:
        last = len(node.values) - 1
        table = "(" + ", ".join(map(repr, node.values)) + ",)"
        index = self.atom(node.index)
        return f"{table}[0 if {index} < 0 else {last} if {index} > {last} else int({index})]"

    def _ahead(self, node: Ahead | SumAhead) -> str:
        name = identifier(node.line.name)
        if isinstance(node, Ahead):
            months = self.atom(node.months)
            return f"(all_{name}[t + int({months})] if t + {months} <= periods else 0.0)"
        if node.until is None:
            return f"rest_{name}[t]"
        until = self.atom(node.until)
        beyond = f"rest_{name}[int({until}) if {until} < periods else periods]"
        return f"(rest_{name}[t] - {beyond} if {until} > t else 0.0)"
