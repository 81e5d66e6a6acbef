"""A line's formula as a workbook writes it.

Every operation of `lines.expressions.OPERATIONS` has one form here, of functions that Excel has had for decades. A
formula of a month is a template in which marks stand for column letters, so that one row is one formula. The order of
additions and multiplications is that of the Model, so that a workbook rounds where the engine does.
"""

from __future__ import annotations

import re

from dealmodel.basics.errors import Issue, WorkbookError
from dealmodel.excel.layout import (
    CONSTANT,
    COVER,
    FIRST_MONTH_COLUMN,
    INPUT_ACTIVE,
    INPUTS,
    MONTH_ROW,
    PATHS,
    SELECTOR_NUMBER,
    TIMELINE,
    Place,
    WorkbookMap,
    column_letters,
    quoted,
)
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
from dealmodel.lines.inputs import Input
from dealmodel.lines.model import Definition

FUNCTIONS = frozenset(("ABS", "EXP", "IF", "IFERROR", "INDEX", "INT", "LN", "MATCH", "MAX", "MIN", "POWER", "ROUND"))
FUNCTIONS |= {"SUM", "SUMIFS", "SUMPRODUCT", "AND"}
"""Functions that generated formulas may use."""

MAX_CHARACTERS, MAX_LEVELS, MAX_ARGUMENTS = 8_192, 64, 255
_MARK = 0xE000  # private characters: one for each number of months back
_FUNCTION = re.compile(r"([A-Z]+)\(")

_SUM, _PRODUCT, _SIGNED, _ATOM = 1, 2, 3, 4
_COMPARISONS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_ARITHMETIC = {"add": ("+", _SUM), "sub": ("-", _SUM), "mul": ("*", _PRODUCT), "div": ("/", _PRODUCT)}
_NAMED = {"power": "POWER", "exp": "EXP", "log": "LN", "abs": "ABS"}
_FLAGS = ("both", "either", "negate")

Text = tuple[str, int]
"""A piece of a formula and how tightly it binds."""


class FormulaWriter:
    """Writes formulas of one Model, each for the sheet on which it will stand."""

    def __init__(self, where: WorkbookMap) -> None:
        self.where = where
        self._here = ""
        self._first, self._last = (where.month_letters(month) for month in (1, where.model.periods))

    def formula(self, definition: Definition) -> str:
        """Formula of a line, with marks for columns if it is a line by month."""
        return self._whole(definition, definition.formula)

    def opening(self, definition: Definition, back: int) -> str:
        """Formula of a line in month 0 (`back` 0) or so many months before."""
        return self._whole(definition, definition.opening[back])

    def in_month(self, template: str, month: int) -> str:
        """A template's formula in a month."""
        return fill(template, self.where.letters, self.where.month_column(month))

    def _whole(self, definition: Definition, formula: Expr) -> str:
        self._here = self.where.lines[definition.name].sheet
        text = "=" + self._text(formula)[0]
        check_limits(definition.name, fill(text, self.where.letters, self.where.last_column))
        return text

    # pieces

    def _text(self, node: Expr) -> Text:
        if isinstance(node, Number):
            return f"{node.value:g}", _ATOM
        if isinstance(node, Param):
            return self._param(node), _ATOM
        if isinstance(node, Line):
            place = self.where.lines[node.name]
            monthly = node.stage in ("schedule", "cash")
            return (self.month_reference(place) if monthly else self.constant_reference(place)), _ATOM
        if isinstance(node, Previous):
            return self.month_reference(self.where.lines[node.line.name], node.months), _ATOM
        if isinstance(node, Ahead):
            row, months = self._row(node.line), f"${self._first}${MONTH_ROW}:${self._last}${MONTH_ROW}"
            return f"SUMIFS({row},{months},{chr(_MARK)}${MONTH_ROW}+{self._whole_number(node.months)})", _ATOM
        if isinstance(node, SumAhead):
            return self._sum_ahead(node), _ATOM
        if isinstance(node, Reduce):
            return self._reduce(node)
        if isinstance(node, Lookup):
            return self._lookup(node), _ATOM
        if isinstance(node, Call):
            return self._call(node)
        raise WorkbookError(self._here, [Issue("", f"{type(node).__name__} has no workbook form", code="DM-BOOK-021")])

    def _call(self, node: Call) -> Text:
        operation, args = node.operation, node.args
        if operation in _ARITHMETIC:
            return self._arithmetic(node)
        if operation == "sum_states":
            return "+".join(self._operand(term, _SUM if not at else _PRODUCT) for at, term in enumerate(args)), _SUM
        if operation == "neg":
            return f"-{self._operand(args[0], _SIGNED)}", _SUM
        if operation in ("min", "max"):
            return self._folded(operation.upper(), operation, node), _ATOM
        if operation in _COMPARISONS:
            return f"--({self._comparison(node)})", _SIGNED
        if operation == "both":
            return "*".join(self._flag(flag, _PRODUCT if not at else _SIGNED) for at, flag in enumerate(args)), _PRODUCT
        if operation == "either":
            return self._folded("MAX", operation, node), _ATOM
        if operation == "negate":
            return f"1-{self._flag(args[0], _PRODUCT)}", _SUM
        if operation == "where":
            return f"IF({self._condition(args[0])},{self._text(args[1])[0]},{self._text(args[2])[0]})", _ATOM
        if operation == "ratio":
            return self._ratio(*args), _ATOM
        if operation == "round":
            return f"ROUND({self._text(args[0])[0]},{self._digits(node.digits)})", _ATOM
        if operation in _NAMED:
            return f"{_NAMED[operation]}({','.join(self._text(argument)[0] for argument in args)})", _ATOM
        raise WorkbookError(
            self._here, [Issue("", f"operation {operation!r} has no workbook form", code="DM-BOOK-021")]
        )

    def _arithmetic(self, node: Call) -> Text:
        """A chain of one rank, leftmost first: a long sum must not nest."""
        rank = _ARITHMETIC[node.operation][1]
        tail: list[str] = []
        here: Expr = node
        while isinstance(here, Call) and here.operation in _ARITHMETIC and _ARITHMETIC[here.operation][1] == rank:
            tail.append(_ARITHMETIC[here.operation][0] + self._operand(here.args[1], rank + 1))
            here = here.args[0]
        return self._operand(here, rank) + "".join(reversed(tail)), rank

    def _operand(self, node: Expr, rank: int) -> str:
        """A piece that signs stand beside; a comparison among them counts as 1 or 0 by itself."""
        if isinstance(node, Call) and node.operation in _COMPARISONS:
            return f"({self._comparison(node)})"
        text, binds = self._text(node)
        return text if binds >= rank else f"({text})"

    def _comparison(self, node: Call) -> str:
        first, second = (self._operand(argument, _SUM) for argument in node.args)
        return first + _COMPARISONS[node.operation] + second

    def _flag(self, node: Expr, rank: int) -> str:
        """A piece that is 1 or 0 for certain."""
        return self._operand(node, rank) if _is_flag(node) else f"({self._operand(node, _SUM)}<>0)"

    def _condition(self, node: Expr) -> str:
        if isinstance(node, Call) and node.operation in _COMPARISONS:
            return self._comparison(node)
        return f"{self._operand(node, _SUM)}<>0"

    def _ratio(self, above: Expr, below: Expr, otherwise: Expr) -> str:
        condition = f"{self._operand(below, _SUM)}=0"
        quotient = f"{self._operand(above, _PRODUCT)}/{self._operand(below, _SIGNED)}"
        return f"IF({condition},{self._text(otherwise)[0]},{quotient})"

    def _folded(self, function: str, operation: str, node: Call) -> str:
        """A fold of two at a time as one call; more than a call may hold nest."""
        items: list[Expr] = []
        here: Expr = node
        while isinstance(here, Call) and here.operation == operation:
            items.append(here.args[1])
            here = here.args[0]
        items = [here, *reversed(items)]
        texts = [self._argument(item, flag=operation == "either") for item in items]
        while len(texts) > MAX_ARGUMENTS:
            texts = [f"{function}({','.join(texts[:MAX_ARGUMENTS])})", *texts[MAX_ARGUMENTS:]]
        return f"{function}({','.join(texts)})"

    def _argument(self, node: Expr, *, flag: bool) -> str:
        if flag and not _is_flag(node):
            return f"--({self._operand(node, _SUM)}<>0)"
        return self._text(node)[0]

    def _lookup(self, node: Lookup) -> str:
        row = self.where.tables[node.table, node.values]
        sheet = "" if self._here == TIMELINE else f"{TIMELINE}!"
        first, last = (column_letters(FIRST_MONTH_COLUMN + place) for place in (0, len(node.values) - 1))
        highest = f"{sheet}$C${row}"
        return f"INDEX({sheet}${first}${row}:${last}${row},1+MIN(MAX({self._text(node.index)[0]},0),{highest}))"

    def _sum_ahead(self, node: SumAhead) -> str:
        months = f"${self._first}${MONTH_ROW}:${self._last}${MONTH_ROW}"
        until = "" if node.until is None else f',{months},"<="&{self._whole_number(node.until)}'
        return f'SUMIFS({self._row(node.line)},{months},">"&{chr(_MARK)}${MONTH_ROW}{until})'

    def _reduce(self, node: Reduce) -> Text:
        row = self._row(node.line)
        if node.how == "last":
            return self._there(self.where.lines[node.line.name], f"${self._last}"), _ATOM
        if node.how != "first_month":
            return f"{ {'total': 'SUM', 'lowest': 'MIN', 'highest': 'MAX'}[node.how] }({row})", _ATOM
        months = f"${self._first}${MONTH_ROW}:${self._last}${MONTH_ROW}"
        never = self._timeline(self.where.never_row)
        if node.line.unit == "flag":
            return f"IFERROR(INDEX({months},MATCH(1,{row},0)),{never})", _ATOM
        return f"{never}-SUMPRODUCT(MAX(({row}<>0)*({never}-{months})))", _SUM

    def _whole_number(self, node: Expr) -> str:
        known = isinstance(node, Number) or (
            isinstance(node, Param) and self.where.model.input_by_path[node.path].whole
        )
        return self._operand(node, _PRODUCT) if known else f"INT({self._text(node)[0]})"

    # references

    def month_reference(self, place: Place, back: int = 0) -> str:
        """The cell of a row in this month or `back` months ago."""
        return self._there(place, chr(_MARK + back))

    def constant_reference(self, place: Place) -> str:
        """The constant of a row."""
        return self._there(Place(place.sheet, place.row), f"${column_letters(CONSTANT)}$")

    def _param(self, node: Param) -> str:
        if node.path in self.where.given:
            return self.month_reference(Place(TIMELINE, self.where.given[node.path]))
        if node.path in self.where.paths:
            return self.month_reference(Place(PATHS, self.where.paths[node.path].active))
        return f"{INPUTS}!${column_letters(INPUT_ACTIVE)}${self.where.inputs[node.path]}"

    def _row(self, line: Line) -> str:
        """All months of a row, rows fixed too: LibreOffice 7.4 may break off at equal ranges one below the other."""
        place = self.where.lines[line.name]
        return self._there(place, f"${self._first}$") + f":${self._last}${place.row}"

    def _there(self, place: Place, column: str) -> str:
        sheet = "" if place.sheet == self._here else f"{quoted(place.sheet)}!"
        return f"{sheet}{column}{place.row}"

    def _timeline(self, row: int) -> str:
        return ("" if self._here == TIMELINE else f"{TIMELINE}!") + f"$C${row}"

    def _digits(self, digits: int) -> str:
        return self._timeline(self.where.digits[digits]) if digits in self.where.digits else f"{digits}"


def fill(template: str, letters: list[str], column: int) -> str:
    """Put column letters in the place of a template's marks."""
    back = 0
    while template and max(template) >= chr(_MARK):
        template = template.replace(chr(_MARK + back), letters[column - back])
        back += 1
    return template


def marks(template: str) -> list[int]:
    """How many months back a template looks, each once."""
    return sorted({ord(sign) - _MARK for sign in template if ord(sign) >= _MARK})


def mark(back: int = 0) -> str:
    """The mark that stands for the column of so many months ago."""
    return chr(_MARK + back)


def check_limits(name: str, formula: str) -> None:
    """Raise WorkbookError for a formula that Excel would refuse."""
    depth = deepest = 0
    for sign in formula:
        depth += (sign == "(") - (sign == ")")
        deepest = max(deepest, depth)
    problem = ""
    if len(formula) > MAX_CHARACTERS:
        problem = f"its formula has {len(formula):,} characters; Excel takes {MAX_CHARACTERS:,}"
    elif deepest > MAX_LEVELS:
        problem = f"its formula has {deepest} levels of brackets; Excel takes {MAX_LEVELS}"
    if problem:
        raise WorkbookError(f"line {name}", [Issue(name, problem, hint="split it into lines", code="DM-BOOK-022")])


def functions_in(formula: str) -> set[str]:
    """Functions that a formula calls."""
    return set(_FUNCTION.findall(formula))


def scenario_formula(item: Input, scenario: str, base: str, never: str, *, overridden: bool) -> str | float:
    """What stands in an input's cell of a scenario: the changes over the base cell, or a number that is set."""
    text: str | float = base
    for change in item.changes_in(scenario, overridden=overridden):
        value = repr(change.value)
        if change.operation == "set":
            text = change.value
        elif change.operation == "multiply":
            text = f"{_bracketed(text)}*{value}"
        elif change.operation == "add":
            text = f"{_bracketed(text)}+{value}"
        else:
            text = f"IF({text}>={never},{text},{text}+{value})"
    return text if isinstance(text, float) else f"={text}"


def _bracketed(text: str | float) -> str:
    text = repr(text) if isinstance(text, float) else text
    return text if re.fullmatch(r"[A-Z0-9.$]+", text) else f"({text})"


def selected(first: str, last: str) -> str:
    """The one of several cells that the selector names."""
    return f"=INDEX({first}:{last},{COVER}!{SELECTOR_NUMBER})"


def is_link(definition: Definition, where: WorkbookMap) -> bool:
    """Whether a line only repeats a number of another sheet."""
    node = definition.formula
    if isinstance(node, Param):
        return True
    return isinstance(node, Line) and where.lines[node.name].sheet != where.lines[definition.name].sheet


def _is_flag(node: Expr) -> bool:
    if isinstance(node, Call):
        return node.operation in _COMPARISONS or node.operation in _FLAGS
    if isinstance(node, Number):
        return True
    line = node.line if isinstance(node, Previous) else node
    return isinstance(line, Line | Param) and line.unit == "flag"
