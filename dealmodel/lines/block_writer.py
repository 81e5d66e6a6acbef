"""Turn formulas into NumPy calls over arrays from a pool; what does not vary stays plain Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dealmodel.basics.errors import ModelError
from dealmodel.lines.early import EarlyParts
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
    children,
    walk,
)
from dealmodel.lines.model import Definition, Model
from dealmodel.lines.names import NEVER, identifier
from dealmodel.lines.writer import Writer, reduction_name

UFUNCS = {
    "add": "add", "sub": "subtract", "mul": "multiply", "div": "divide", "min": "minimum", "max": "maximum",
    "both": "multiply", "either": "maximum",
}  # fmt: skip
COMPARISONS = {"lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal"}


def varying_names(model: Model, paths: set[str]) -> set[str]:
    """Lines that differ between the scenarios of a block in which the numbers at `paths` do."""
    varying: set[str] = set()
    everything = (*model.constants, *model.monthly, *model.summary)
    while True:
        before = len(varying)
        for item in everything:
            if item.name not in varying and any(_varies(node, varying, paths) for node in _all_nodes(item)):
                varying.add(item.name)
        if len(varying) == before:
            return varying


def _all_nodes(item: Definition) -> Iterable[Expr]:
    yield from walk(item.formula)
    for value in item.opening:
        yield from walk(value)


def _varies(node: Expr, varying: set[str], paths: set[str]) -> bool:
    if isinstance(node, Param):
        return node.path in paths
    if isinstance(node, Line):
        return node.name in varying
    return isinstance(node, Previous | Ahead | SumAhead | Reduce) and node.line.name in varying


class BlockWriter(Writer):
    """A writer that sends what varies to NumPy, with arrays taken from and given back to a pool."""

    def __init__(self, varying: set[str], paths: set[str]) -> None:
        super().__init__()
        self.varying, self.paths = varying, paths
        self.arrays: list[str] = []
        self.masks: list[str] = []
        self._free: list[str] = []
        self._free_masks: list[str] = []
        self._borrowed: set[str] = set()
        self._held: dict[str, str] = {}
        self._early: dict[int, str] = {}
        self._arrays_known: dict[int, tuple[Expr, bool]] = {}

    def varies_by_name(self, name: str) -> bool:
        """Whether a line differs between scenarios."""
        return name in self.varying

    def code(self, node: Expr) -> str:
        """Name of a value; arrays are worked out by statements written before."""
        if not self._is_array(node):
            return super().code(node)
        if isinstance(node, Line):
            return self._held.get(node.name) or identifier(node.name)
        if isinstance(node, Param | Previous | Reduce):
            return super().code(node)
        if id(node) in self._early:
            return self._early.pop(id(node))
        return self._compute(node, None)

    # whole definitions

    def define(self, item: Definition, *, dedicated: bool) -> None:
        """Write a line into an array of its own."""
        word = identifier(item.name)
        if item.name not in self.varying:
            value = self.code(item.formula)
            self.statements.append(f"{word} = {value}")
            return
        if dedicated and word not in self.arrays:
            self.arrays.append(word)
        self._write_to(item.formula, word)

    def month(
        self,
        definitions: tuple[Definition, ...],
        needed: set[str],
        lags: Mapping[str, int],
        reductions: Mapping[str, Sequence[Reduce]],
    ) -> None:
        """Write the lines of one month, each into an array that is free by then, and what is reduced over the months.

        Parts of checks are written as soon as what they read is there.
        """
        early = EarlyParts(definitions)
        for place, item in enumerate(definitions):
            name = item.name
            if name in self.varying and name not in lags and name not in needed:
                register = self._take_array()
                self._write_to(item.formula, register)
                self._held[name] = register
            else:
                self.define(item, dedicated=True)
            for node in reductions.get(name, ()):
                self._reduce(node)
            for part in early.after.get(place, ()):
                if self._is_array(part):
                    self._early[id(part)] = self._compute(part, None)
            for used in [other for other in self._held if early.last_use[other] <= place]:
                self._free.append(self._held.pop(used))

    def _reduce(self, node: Reduce) -> None:
        name, value = reduction_name(node), self._held.get(node.line.name, identifier(node.line.name))
        if not self.varies_by_name(node.line.name):
            self.statements.append(_reduce_number(node, name, value))
        elif node.how == "last":
            self.statements.append(f"np.copyto({name}, {value})")
        elif node.how == "first_month":
            self.statements.append(f"op.first_month({name}, {value}, t)")
        else:
            function = {"total": "add", "lowest": "minimum", "highest": "maximum"}[node.how]
            self.statements.append(f"np.{function}({name}, {value}, out={name})")

    def opening(self, item: Definition, back: int) -> None:
        """Write what stood before the first month."""
        word = f"{identifier(item.name)}_{back}"
        value = self.code(item.opening[back - 1])
        if item.name not in self.varying:
            self.statements.append(f"{word} = {value}")
        else:
            if word not in self.arrays:
                self.arrays.append(word)
            self.statements.append(f"{word}[...] = {value}")
        self._give_back(value)

    def carry(self, lags: Mapping[str, int]) -> None:
        """Make this month the month before: arrays change places, numbers are copied."""
        for name, lag in lags.items():
            word = identifier(name)
            names = [word, *(f"{word}_{back}" for back in range(1, lag + 1))]
            if name in self.varying:
                self.statements.append(f"{', '.join(names)} = {', '.join([names[-1], *names[:-1]])}")
            else:
                self.statements += [f"{names[back]} = {names[back - 1]}" for back in range(lag, 0, -1)]

    # registers

    def _take_array(self) -> str:
        if self._free:
            return self._free.pop()
        name = f"a{len(self.arrays)}"
        self.arrays.append(name)
        return name

    def _borrow(self) -> str:
        name = self._take_array()
        self._borrowed.add(name)
        return name

    def _give_back(self, *names: str) -> None:
        for name in names:
            if name in self._borrowed:
                self._borrowed.discard(name)
                self._free.append(name)

    def _mask(self) -> str:
        if self._free_masks:
            return self._free_masks.pop()
        name = f"m{len(self.masks)}"
        self.masks.append(name)
        return name

    # formulas

    def _write_to(self, formula: Expr, target: str) -> None:
        simple = isinstance(formula, Number | Param | Line | Previous | Reduce)
        if simple or not self._is_array(formula):
            self.statements.append(f"{target}[...] = {self.code(formula)}")
            return
        self._compute(formula, target)

    def _compute(self, node: Expr, target: str | None) -> str:
        if isinstance(node, Call):
            return self._vector_call(node, target)
        if isinstance(node, Lookup):
            table = "np.array((" + ", ".join(map(repr, node.values)) + ",))"
            return self._assign(f"op.lookup({table}, {{0}})", [node.index], target)
        if isinstance(node, Ahead):
            word = identifier(node.line.name)
            return self._assign(f"op.ahead(all_{word}, t, {{0}})", [node.months], target)
        if isinstance(node, SumAhead):
            word = identifier(node.line.name)
            if node.until is None:
                return self._assign(f"rest_{word}[t]", [], target)
            return self._assign(f"op.rest(rest_{word}, t, {{0}})", [node.until], target)
        raise ModelError(f"{type(node).__name__} has no NumPy form")

    def _assign(self, pattern: str, args: list[Expr], target: str | None) -> str:
        names = [self.code(argument) for argument in args]
        self._give_back(*names)
        target = target or self._borrow()
        self.statements.append(f"{target}[...] = {pattern.format(*names)}")
        return target

    def _vector_call(self, node: Call, target: str | None) -> str:
        operation, args = node.operation, node.args
        if operation == "where":
            return self._where(args, target)
        if operation == "sum_states":
            return self._sum(args, target)
        if operation == "ratio":
            return (
                self._assign("op.ratio({0}, {1}, {2})", list(args), target)
                if self._is_array(args[1])
                else (self._assign("({0} / {1} if {1} else {2})", list(args), target))
            )
        if operation in ("power", "exp", "log"):
            pattern = ", ".join(f"{{{index}}}" for index in range(len(args)))
            return self._assign(f"op.{operation}({pattern})", list(args), target)
        if operation == "round":
            return self._assign(f"op.round_to({{0}}, {node.digits})", list(args), target)
        if operation in COMPARISONS:
            return self._flag(node, target)
        if operation == "abs":
            return self._ufunc("abs", [self.code(args[0])], target)
        if operation == "neg":
            return self._ufunc("subtract", ["0.0", self.code(args[0])], target)
        if operation == "negate":
            return self._ufunc("subtract", ["1.0", self._flag_of(args[0])], target)
        if operation in ("both", "either"):
            return self._ufunc(UFUNCS[operation], [self._flag_of(argument) for argument in args], target)
        return self._ufunc(UFUNCS[operation], [self.code(argument) for argument in args], target)

    def _flag_of(self, node: Expr) -> str:
        """Source of a condition as 1.0 or 0.0."""
        if is_flag(node):
            return self.code(node)
        if not self._is_array(node):
            return f"(1.0 if {self.condition(node)} else 0.0)"
        return self._assign("({0} != 0.0)", [node], None)

    def _is_array(self, node: Expr) -> bool:
        known = self._arrays_known.get(id(node))
        if known is None:
            found = _varies(node, self.varying, self.paths) or any(map(self._is_array, children(node)))
            known = self._arrays_known[id(node)] = (node, found)  # kept, so that its id stays its own
        return known[1]

    def _ufunc(self, function: str, names: list[str], target: str | None) -> str:
        self._give_back(*names)
        target = target or self._borrow()
        self.statements.append(f"np.{function}({', '.join(names)}, out={target})")
        return target

    def _sum(self, terms: tuple[Expr, ...], target: str | None) -> str:
        running = self.code(terms[0])
        for place, term in enumerate(terms[1:], 2):
            value = self.code(term)
            final = target if place == len(terms) else None
            if not (self._is_array(term) or any(map(self._is_array, terms[: place - 1]))):
                running = f"({running} + {value})"
            else:
                running = self._ufunc("add", [running, value], final)
        return running

    def _compare(self, node: Call) -> str:
        names = [self.code(argument) for argument in node.args]
        self._give_back(*names)
        mask = self._mask()
        self.statements.append(f"np.{COMPARISONS[node.operation]}({names[0]}, {names[1]}, out={mask})")
        return mask

    def _flag(self, node: Call, target: str | None) -> str:
        mask = self._compare(node)
        self._free_masks.append(mask)
        target = target or self._borrow()
        self.statements.append(f"np.copyto({target}, {mask}_8)")
        return target

    def _where(self, args: tuple[Expr, ...], target: str | None) -> str:
        condition, if_true, if_false = args
        if not self._is_array(condition):
            return self._assign("({1} if {0} else {2})", list(args), target)
        zero_if_false = isinstance(if_false, Number) and if_false.value == 0.0
        if zero_if_false:
            return self._ufunc("multiply", [self.code(if_true), self._flag_of(condition)], target)
        if isinstance(condition, Call) and condition.operation in COMPARISONS:
            mask = self._compare(condition)
            test = mask
        else:
            mask = ""
            test = self.code(condition)
        names = [self.code(if_true), self.code(if_false)]
        self._give_back(*names, test)
        if mask:
            self._free_masks.append(mask)
        target = target or self._borrow()
        self.statements.append(
            f"{target}[...] = np.where({test if mask else test + ' != 0.0'}, {names[0]}, {names[1]})"
        )
        return target


def is_flag(node: Expr) -> bool:
    """Whether a formula is 1.0 or 0.0 by what it is."""
    if isinstance(node, Call):
        return node.operation in ("both", "either", "negate", *COMPARISONS)
    if isinstance(node, Line | Param):
        return node.unit == "flag"
    return isinstance(node, Previous) and node.line.unit == "flag"


def _reduce_number(node: Reduce, name: str, value: str) -> str:
    if node.how == "first_month":
        return f"{name} = float(t) if {value} and {name} == {float(NEVER)} else {name}"
    return {
        "total": f"{name} += {value}",
        "last": f"{name} = {value}",
        "lowest": f"{name} = min({name}, {value})",
        "highest": f"{name} = max({name}, {value})",
    }[node.how]
