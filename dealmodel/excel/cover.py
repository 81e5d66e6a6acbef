"""The Cover: what the workbook is, which scenario it shows, whether it holds, what comes out, and how to read it."""

from __future__ import annotations

from dealmodel.excel.layout import (
    COVER,
    FIRST_SCENARIO_ROW,
    RESULTS,
    SELECTOR,
    STATUS_ROW,
    TITLE_ROW,
    quoted,
)
from dealmodel.excel.page import Book, Page
from dealmodel.excel.styles import (
    FAIL_INK,
    FAIL_PAPER,
    GREY_INK,
    INPUT_INK,
    INPUT_PAPER,
    LINE_INK,
    LINK_INK,
    TITLE_INK,
)
from dealmodel.lines.inputs import BASE
from dealmodel.lines.model import Definition

BASES = {
    "illustrative": "Illustrative: a made-up deal; no number in it is a forecast or an offer",
    "modelled_on": "Modelled on a published deal, with assumptions of our own",
    "own": "The user's own deal",
}
_LABEL, _VALUE, _MORE = 0, 1, 2
_LAST = 7
_SELECTOR_ROW = 5

_CONVENTIONS = (
    ("Signs", "Receipts, payments and balances are positive; the words say which way the money goes."),
    ("Units", "Money in units of the currency, not millions. Rates are decimals a year. Months count from closing."),
    ("Blue on cream", "An input: change it. Everything else is locked, without a password."),
    ("Black", "A formula."),
    ("Green", "A number brought over from another sheet."),
    ("Grey", "A flag (1 yes, - no), or a number that is part of the deal's shape."),
    ("Red", "A check that fails. Row 2 of every sheet says whether all checks hold."),
    ("Columns", "A label, B unit, C constant, D total, E the line's id, months up to closing (0), then the months."),
    ("Rows", "One formula a row. The far right names the place in the deal file that the row comes from."),
)
_LOOKS: dict[str, dict[str, str]] = {
    "Blue on cream": {"font_color": INPUT_INK, "bg_color": INPUT_PAPER},
    "Green": {"font_color": LINK_INK},
    "Grey": {"font_color": GREY_INK},
    "Red": {"font_color": FAIL_INK, "bg_color": FAIL_PAPER},
}


class Cover:
    """Writes the Cover from top to bottom."""

    def __init__(self, book: Book) -> None:
        self.book, self.where = book, book.where
        self.page = Page(book, COVER)
        self.styles = book.styles
        self.row = FIRST_SCENARIO_ROW

    def write(self) -> None:
        """Write all of it."""
        facts = self.where.model.facts
        self.page.text(TITLE_ROW, 0, self.where.model.title, self.styles(bold=True, font_size=18, font_color=TITLE_INK))
        self.page.status_cell(STATUS_ROW, _LABEL)
        basis = BASES.get(facts.get("basis", ""), facts.get("basis", ""))
        self.page.text(3, 0, basis, self.styles(italic=True, font_color=GREY_INK))
        self._selector()
        self._scenarios()
        self._tranches()
        self._other_results()
        self._pairs("How to read it", _CONVENTIONS)
        self._pairs("What made it", self._origins())
        self._set_up()

    def _heading(self, text: str) -> None:
        for column in range(_LABEL, _LAST + 1):
            self.page.text(self.row, column, " " if column else text, self.styles.heading)
        self.row += 1

    def _selector(self) -> None:
        page, styles, where = self.page, self.styles, self.where
        first, last = FIRST_SCENARIO_ROW, FIRST_SCENARIO_ROW + len(where.scenarios) - 1
        page.text(_SELECTOR_ROW, _LABEL, "Scenario: choose it here", styles(bold=True))
        look = {
            "font_color": INPUT_INK,
            "bg_color": INPUT_PAPER,
            "locked": False,
            "border": 1,
            "border_color": LINE_INK,
        }
        page.text(_SELECTOR_ROW, _VALUE, self.book.result.scenario, styles(bold=True, **look))
        rule = {
            "validate": "list",
            "source": f"=$A${first}:$A${last}",
            "error_title": "No such scenario",
            "error_message": "Choose one of the scenarios listed below.",
        }
        page.sheet.data_validation(SELECTOR, rule)
        number = where.scenarios.index(self.book.result.scenario) + 1
        page.text(_SELECTOR_ROW + 1, _LABEL, "Its number in the list", styles.text)
        page.formula(
            _SELECTOR_ROW + 1,
            _VALUE,
            f"=MATCH({SELECTOR},$A${first}:$A${last},0)",
            number,
            styles(num_format="0", align="left"),
        )
        overrides = self.book.result.overrides
        if overrides:
            said = f"{len(overrides)} base inputs differ from the deal file: {', '.join(overrides)}"
            page.text(_SELECTOR_ROW, _MORE, said, styles(bold=True, font_color=INPUT_INK))

    def _scenarios(self) -> None:
        self.row = FIRST_SCENARIO_ROW - 1
        self._heading("Scenarios")
        for name in self.where.scenarios:
            self.page.text(self.row, _LABEL, name, self.styles(indent=1))
            said = self.where.model.scenarios.get(name, "The deal's base" if name == BASE else "")
            self.page.text(self.row, _VALUE, said, self.styles.text)
            self.row += 1
        self.row += 1

    def _tranches(self) -> None:
        result, where = self.book.result, self.where
        columns: dict[str, Definition] = {}
        for item in where.model.summary:
            tranche = next((name for name in result.tranche_names if item.name.startswith(f"{name}.")), None)
            if tranche is not None and item.section == RESULTS and item.role != "check":
                columns.setdefault(item.name.removeprefix(f"{tranche}."), item)
        if not columns:
            return
        currency = self.where.model.facts.get("currency", "")
        self._heading("Tranches, in the chosen scenario" + (f" ({currency})" if currency else ""))
        self.page.text(self.row, _LABEL, "Tranche", self.styles.header)
        self.page.text(self.row, _VALUE, "Balance at closing", self.styles.header)
        for column, item in enumerate(columns.values(), _MORE):
            unit = "" if item.line.unit == "currency" else f" ({item.line.unit})"
            self.page.text(self.row, column, (item.label or item.name) + unit, self.styles.header)
        self.page.sheet.set_row(self.row - 1, 32)
        for tranche in result.tranche_names:
            self.row += 1
            self._tranche(tranche, list(columns))
        self.row += 2

    def _tranche(self, tranche: str, columns: list[str]) -> None:
        page, where, trace = self.page, self.where, self.book.result.lines
        page.text(self.row, _LABEL, tranche.replace("_", " "), self.styles(bold=True, indent=1))
        money = self.styles(num_format='#,##0;-#,##0;"-"', font_color=LINK_INK)
        definitions = where.model.definitions
        balance = definitions.get(f"{tranche}.notional") or definitions.get(f"{tranche}.balance")
        if balance is not None and balance.opening:
            sheet, cell = where.month_cell(balance.name, 0)
            page.formula(self.row, _VALUE, f"={quoted(sheet)}!{cell}", trace.opening(balance.name), money)
        for column, suffix in enumerate(columns, _MORE):
            item = where.model.definitions.get(f"{tranche}.{suffix}")
            if item is not None:
                self._link(column, item, plain=item.line.unit == "currency")

    def _link(self, column: int, item: Definition, *, plain: bool = False) -> None:
        sheet, cell = self.where.constant_cell(item.name)
        style = self.styles.number(item.line.unit, "" if plain else item.role, link=True)
        if item.line.unit == "month":
            style = self.styles(num_format='[>=9999]"never";0', font_color=LINK_INK, align="right")
        value = self.book.result.lines.number(item.name)
        self.page.formula(self.row, column, f"={quoted(sheet)}!{cell}", value, style)

    def _other_results(self) -> None:
        """Summary lines that are no tranche's, in two columns."""
        names = tuple(f"{name}." for name in self.book.result.tranche_names)
        items = [
            item for item in self.where.model.summary if item.section == RESULTS and not item.name.startswith(names)
        ]
        if not items:
            return
        self._heading("Other results, in the chosen scenario")
        half = (len(items) + 1) // 2
        top = self.row
        for number, item in enumerate(items):
            self.row = top + number % half
            label, value = ((_LABEL, _VALUE), (_MORE + 1, _LAST))[number // half]
            self.page.text(self.row, label, item.label or item.name, self.styles(indent=1))
            self._link(value, item)
        self.row = top + half + 1

    def _pairs(self, heading: str, pairs: tuple[tuple[str, str], ...]) -> None:
        self._heading(heading)
        for name, said in pairs:
            self.page.text(self.row, _LABEL, name, self.styles(indent=1, **_LOOKS.get(name, {})))
            self.page.text(self.row, _VALUE, said, self.styles.text)
            self.row += 1
        self.row += 1

    def _origins(self) -> tuple[tuple[str, str], ...]:
        facts = self.where.model.facts
        kept = ("currency", "closing", "legal_final", "calendar")
        told = [(_words(name), facts[name]) for name in kept if facts.get(name)]
        purpose = (
            "One row a line of the model; the engine's numbers are beside the formulas, and Excel works them out anew."
        )
        if own := facts.get("workbooks_of_their_own"):
            told.append(("Scenarios with a workbook of their own", own))
        made = [(_words(name), value) for name, value in self.book.result.manifest.items() if value]
        return (("Purpose", purpose), *told, *made)

    def _set_up(self) -> None:
        sheet = self.page.sheet
        sheet.set_column(_LABEL, _LABEL, 38)
        sheet.set_column(_VALUE, _VALUE, 24)
        sheet.set_column(_MORE, _LAST, 18)
        sheet.set_tab_color(TITLE_INK)
        self.page.landscape(1, COVER)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 1)
        sheet.print_area(0, 0, self.row, _LAST)
        self.page.protect()


def _words(name: str) -> str:
    """A key of the manifest or of the deal's facts as words."""
    return name.replace("_", " ").capitalize()
