"""What does the flagship GPU lease securitization pay, worked out a second time, month by month, in decimals.

Independent of the package: nothing of it is imported, and the deal's structure (six leases, three cohorts, three
classes, its waterfalls) is written out by hand after docs/concepts/period_order.md, whose section numbers stand in the
method docstrings. Every number is read from the deal file. It is one file, longer than others, so that a test can
load it by its path and a reader can check it from top to bottom.

Readings chosen where the page leaves room:

- A lot put up in month t is held, valued and measured up to and with month t + lag, at the end of which it is sold.
- Performing contracts are put up after the legal final date only while the deal is in the state which sells.
- The hours which a unit let again or in merchant use does not sell are idle, and cost the issuer.
- `interest_accrued` is on the opening balance; interest on a shortfall is part of `interest_due`.
- `unpaid_interest` passes, with amount 0, where no tranche has an opening balance left.
- `unpaid_balance` is measured before any write-down, so that a loss never looks like a repayment.
- A cure amount follows its formula in every month: it does not wait for `first`, nor for the test to fail.
- A row of a family overrides its `defaults` field by field, nested fields included.
- A claim of a lot is that of the whole lot, also where it arrives after the sale; after the last month it is lost.
"""

import calendar
import copy
import datetime
import itertools
import re
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any

ZERO, ONE, TWELVE = Decimal(0), Decimal(1), Decimal(12)
HALF_A_CENT = Decimal("0.005")
EIGHT_PLACES = Decimal("0.00000001")
NEVER = 10**9

CLASSES = ("class_a", "class_b", "class_c")
COHORTS = ("h200", "b200", "gb300")
LEASES = ("lease_1", "lease_2", "lease_3", "lease_4", "lease_5", "lease_6")
FEES = ("trustee", "servicer", "backup_servicer")
MEASURED_BEFORE = (
    "dscr_trap",
    "dscr_rapid",
    "utilisation",
    "market_ltv",
    "asset_base_a",
    "asset_base_ab",
    "asset_base_abc",
)
DEBT = {
    "market_ltv": CLASSES,
    "asset_base_a": ("class_a",),
    "asset_base_ab": ("class_a", "class_b"),
    "asset_base_abc": CLASSES,
}


@dataclass(frozen=True)
class Outcome:
    """Lines by name (months 1, 2, 3 ..), amounts at closing, and totals of each class."""

    lines: dict[str, list[Decimal]]
    closing: dict[str, Decimal]
    tranches: dict[str, dict[str, Decimal]]


@dataclass
class Lot:
    """Units of one lease, or of one cohort under no lease. Months are whole; `hit` is NEVER without a default."""

    cohort: str
    units: Decimal
    lease: dict[str, Any] | None = None
    start: int = 0
    end: int = 0
    hit: int = NEVER
    put_up: int = NEVER


# Reading the deal file


def number(value: Any) -> Decimal:
    """A number of the deal file, exactly as it is written."""
    return Decimal(str(value))


def whole(value: Any) -> int:
    """A count of months; a fraction of a month is an error."""
    if number(value) != int(number(value)):
        raise ValueError(f"{value!r} is not a whole number of months")
    return int(number(value))


def overlaid(below: Any, above: Any) -> Any:
    """The fields of `above`, and those of `below` which it does not give."""
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return copy.deepcopy(above)
    keys = [*below, *(key for key in above if key not in below)]
    return {k: overlaid(below.get(k), above[k]) if k in above else copy.deepcopy(below[k]) for k in keys}


def with_defaults(node: Any) -> Any:
    """The deal with the `defaults` of every family merged into its rows and taken away."""
    if not isinstance(node, dict):
        return copy.deepcopy(node)
    defaults = node.get("defaults", {})
    return {key: with_defaults(overlaid(defaults, row)) for key, row in node.items() if key != "defaults"}


def months_from_closing(deal: dict[str, Any], day: datetime.date) -> int:
    """Number of the collection month in which a date lies; the month of closing is 0."""
    closing = deal["deal"]["closing"]
    return (day.year - closing.year) * 12 + day.month - closing.month


def month_of(deal: dict[str, Any], moment: Any) -> int:
    """Month number of a moment: a date, `month N`, `closing`, `legal_final` or `never`."""
    if isinstance(moment, datetime.date):
        return months_from_closing(deal, moment)
    if moment in ("closing", "never"):
        return 0 if moment == "closing" else NEVER
    if moment == "legal_final":
        return months_from_closing(deal, deal["deal"]["legal_final"])
    found = re.fullmatch(r"month (\d+)", str(moment))
    if not found:
        raise ValueError(f"{moment!r} is not a moment this model reads")
    return int(found[1])


def month_end(closing: datetime.date, month: int) -> datetime.date:
    """Last day of the month which is `month` months after closing."""
    year, index = divmod(closing.year * 12 + closing.month - 1 + month, 12)
    return datetime.date(year, index + 1, calendar.monthrange(year, index + 1)[1])


def years_30_360_isda(start: datetime.date, end: datetime.date) -> Decimal:
    """Years from `start` to `end`: day 31 of the start becomes 30; of the end too, if the start is then 30."""
    first = min(start.day, 30)
    last = 30 if end.day == 31 and first == 30 else end.day
    days = 360 * (end.year - start.year) + 30 * (end.month - start.month) + last - first
    return Decimal(days) / 360


def point_at(field: dict[str, Any], month: int) -> Decimal:
    """Value in a month of a number given by points: flat before the first and after the last."""
    points = [(number(at), number(value)) for at, value in field["points"]]
    if month <= points[0][0]:
        return points[0][1]
    for (at, value), (next_at, next_value) in itertools.pairwise(points):
        if at <= month < next_at:
            step = field.get("between", "linear") == "step"
            return value if step else value + (next_value - value) * (month - at) / (next_at - at)
    return points[-1][1]


# Scenario changes


def scenario_changes(deal: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Changes of a scenario, those of the scenarios it combines in their order.

    Two which set one path to different values are an error.
    """
    scenario = deal["scenarios"][name]
    changes = [dict(change) for change in scenario.get("changes", [])]
    for part in scenario.get("combine", []):
        changes += scenario_changes(deal, part)
    seen: dict[str, Any] = {}
    for change in changes:
        if "set" in change and seen.setdefault(change["at"], change["set"]) != change["set"]:
            raise ValueError(f"{name}: {change['at']} is set to two different values")
    return changes


def shifted(moment: Any, months: int) -> Any:
    """A moment so many months later. A month end stays a month end; `never` stays never."""
    if moment == "never":
        return moment
    if isinstance(moment, datetime.date):
        last = month_end(moment, months)
        at_end = moment == month_end(moment, 0)
        return last if at_end else last.replace(day=min(moment.day, last.day))
    found = re.fullmatch(r"month (\d+)", "month 0" if moment == "closing" else str(moment))
    if not found:
        raise ValueError(f"{moment!r} cannot be shifted")
    return f"month {int(found[1]) + months}"


def altered(value: Any, change: dict[str, Any]) -> Any:
    """A field after one change: `set`, `multiply`, `add` or `shift_months`."""
    if "set" in change:
        return copy.deepcopy(change["set"])
    if "multiply" in change:
        return number(value) * number(change["multiply"])
    if "add" in change:
        return number(value) + number(change["add"])
    return shifted(value, whole(change["shift_months"]))


def rows_at(node: dict[str, Any], keys: list[str]) -> list[dict[str, Any]]:
    """Mappings which a path leads to; `*` is every row at its level."""
    rows = [node]
    for key in keys:
        rows = [child for row in rows for child in (row.values() if key == "*" else [row[key]])]
    return rows


def changed(deal: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    """The deal, defaults merged, after its changes. Those of a generation's two levels are kept for each month."""
    result = with_defaults(deal)
    for generation in result["market"]["generations"].values():
        generation["changes_of"] = {"rent_level": [], "resale_level": []}
    for change in changes:
        *above, field = str(change["at"]).split(".")
        moves = above[:2] == ["market", "generations"] and field in ("rent_level", "resale_level")
        if not moves and ("from" in change or "until" in change):
            raise ValueError(f"{change['at']} may not move in time")
        for row in rows_at(result, above):
            if moves:
                row["changes_of"][field].append(change)
            elif field not in row:
                raise ValueError(f"{change['at']}: there is no field {field!r}")
            else:
                row[field] = altered(row[field], change)
    return result


# 1. Prices


def level(deal: dict[str, Any], generation: str, field: str, month: int) -> Decimal:
    """Level of rent or resale in a month: the file's number after the changes which act in that month."""
    row = deal["market"]["generations"][generation]
    value = row[field]
    for change in row["changes_of"][field]:
        first = month_of(deal, change.get("from", "closing"))
        last = month_of(deal, change.get("until", "never"))
        if first <= month <= last:
            value = altered(point_at(value, month) if isinstance(value, dict) else value, change)
    return point_at(value, month) if isinstance(value, dict) else number(value)


def launch_factor(deal: dict[str, Any], generation: str, step: str, month: int) -> Decimal:
    """Product of the steps of the launches so far, each from its own month on."""
    factor = ONE
    for launch in deal["market"]["launches"].values():
        if generation in launch["generations"] and month >= month_of(deal, launch["when"]):
            factor *= ONE + number(launch[step])
    return factor


def rent(deal: dict[str, Any], generation: str, month: int) -> Decimal:
    """Market rent of a month: rent_per_hour x (1 - decline) ** (t / 12) x level x launches. [per unit and hour]"""
    row = deal["market"]["generations"][generation]
    declined = (ONE - number(row["rent_decline_per_year"])) ** (Decimal(month) / TWELVE)
    steps = launch_factor(deal, generation, "rent_step", month)
    return number(row["rent_per_hour"]) * declined * level(deal, generation, "rent_level", month) * steps


# 2. Value


def unit_resale(deal: dict[str, Any], cohort: str, month: int) -> Decimal:
    """Resale value of a unit at the end of a month: cost x (1 - decline) ** (t / 12) x level x launches, or scrap."""
    row = deal["collateral"]["cohorts"][cohort]
    generation, cost = row["generation"], number(row["unit_cost"])
    curve = (ONE - number(row["resale"]["decline_per_year"])) ** (Decimal(month) / TWELVE)
    steps = launch_factor(deal, generation, "resale_step", month)
    resale = cost * curve * level(deal, generation, "resale_level", month) * steps
    return max(resale, cost * number(row["resale"]["scrap"]))


def unit_book(deal: dict[str, Any], cohort: str, month: int) -> Decimal:
    """Book value of a unit at the end of a month, straight line over its life."""
    row = deal["collateral"]["cohorts"][cohort]
    life = TWELVE * number(row["book"]["life_years"])
    return number(row["unit_cost"]) * max(ZERO, ONE - Decimal(month) / life)


# 3. Contracts


def lots_of(deal: dict[str, Any]) -> list[Lot]:
    """The units of each lease, then those of each cohort under no lease."""
    lots = []
    for name in LEASES:
        lease = deal["contracts"][name]
        start = month_of(deal, lease["start"])
        end = start + whole(lease["term_months"])
        stops = max(month_of(deal, deal["customers"][lease["customer"]]["stops_paying"]), start + 1)
        hit = stops if stops <= end else NEVER
        lots.append(Lot(lease["cohort"], number(lease["units"]), lease, start, end, hit))
    for name in COHORTS:
        cohort = deal["collateral"]["cohorts"][name]
        if cohort["delivered"] not in ("closing", deal["deal"]["closing"]):
            raise ValueError(f"{name}: this model delivers every cohort at closing")
        leased = sum(lot.units for lot in lots if lot.cohort == name)
        lots.append(Lot(name, number(cohort["units"]) - leased))
    return lots


def is_performing(lot: Lot, month: int) -> bool:
    """Whether the lot's lease is in force and its customer pays."""
    return lot.lease is not None and lot.start < month <= lot.end and month < lot.hit


def is_re_let(lot: Lot, month: int) -> bool:
    """Whether the units of a customer which stopped are let again: after its months of downtime."""
    return lot.lease is not None and month >= lot.hit + whole(lot.lease["at_default"]["downtime_months"])


def is_merchant(lot: Lot, month: int) -> bool:
    """Whether the units are in merchant use: without a lease, or after one which ended as agreed and the downtime."""
    if lot.lease is None:
        return True
    return lot.hit == NEVER and month > lot.end + whole(lot.lease["at_expiry"]["downtime_months"])


def used_share(deal: dict[str, Any], lot: Lot, month: int) -> Decimal:
    """Share of the lot's hours in use."""
    if is_performing(lot, month):
        return ONE
    if is_re_let(lot, month):
        return number(lot.lease["at_default"]["utilisation"])
    return number(deal["collateral"]["merchant"]["utilisation"]) if is_merchant(lot, month) else ZERO


def lot_revenue(deal: dict[str, Any], lot: Lot, month: int) -> Decimal:
    """Revenue of a lot: the price of its lease, or the month's rent less the discount of its use."""
    hours = lot.units * number(deal["collateral"]["hours_per_month"]) * used_share(deal, lot, month)
    if is_performing(lot, month):
        return hours * number(lot.lease["share_committed"]) * number(lot.lease["price_per_hour"])
    use = lot.lease["at_default"] if is_re_let(lot, month) else deal["collateral"]["merchant"]
    generation = deal["collateral"]["cohorts"][lot.cohort]["generation"]
    return hours * (ONE - number(use["discount_to_market"])) * rent(deal, generation, month)


def lot_claim(deal: dict[str, Any], lot: Lot) -> Decimal:
    """Claim on a customer which stopped: the price of the months not paid less the re-letting then expected."""
    if lot.hit == NEVER:
        return ZERO
    terms, generation = lot.lease["at_default"], deal["collateral"]["cohorts"][lot.cohort]["generation"]
    hours = lot.units * number(deal["collateral"]["hours_per_month"])
    months = lot.end - lot.hit + 1
    remaining = months * hours * number(lot.lease["share_committed"]) * number(lot.lease["price_per_hour"])
    kept = ONE - number(deal["market"]["generations"][generation]["rent_decline_per_year"])
    expected = sum((kept ** (Decimal(j) / TWELVE) for j in range(whole(terms["downtime_months"]), months)), ZERO)
    net = number(terms["utilisation"]) * (ONE - number(terms["discount_to_market"]))
    return max(ZERO, remaining - hours * net * rent(deal, generation, lot.hit) * expected)


# 4. Costs


def lot_site_costs(deal: dict[str, Any], lot: Lot, month: int) -> Decimal:
    """Site costs of a lot: its idle hours, and once the cost of letting its units again."""
    hours = lot.units * number(deal["collateral"]["hours_per_month"])
    idle = hours * (ONE - used_share(deal, lot, month)) * number(deal["collateral"]["site_costs"]["idle_per_unit_hour"])
    let_again = is_re_let(lot, month) and not is_re_let(lot, month - 1)
    return idle + (lot.units * number(lot.lease["at_default"]["cost_per_unit"]) if let_again else ZERO)


class Cash:
    """The accounts, and what is due, paid and owed. Its methods are the only ones that move cash."""

    def __init__(self, balance: dict[str, Decimal]) -> None:
        self.collection = self.reserve = self.trap = self.sponsor = ZERO
        self.balance = dict(balance)
        self.due: dict[str, Decimal] = {}
        self.paid: dict[str, Decimal] = {}

    def open(self, due: dict[str, Decimal]) -> None:
        """Start a payment date with what is due on it."""
        self.due, self.sponsor = due, ZERO
        self.paid = dict.fromkeys([*due, *CLASSES], ZERO)

    def pay(self, *names: str, backed_by_reserve: bool = False) -> None:
        """Pay what is still due, in proportion to it; then the reserve pays what cash did not, if it backs the step."""
        for account in ("collection", "reserve") if backed_by_reserve else ("collection",):
            owed = {name: self.due[name] - self.paid[name] for name in names}
            total = sum(owed.values(), ZERO)
            moved = min(getattr(self, account), total)
            for name in names if moved > 0 else ():
                self.paid[name] += owed[name] if moved == total else moved * owed[name] / total
            setattr(self, account, getattr(self, account) - moved)

    def pay_principal(self, *names: str, up_to: Decimal | None = None) -> None:
        """Repay the classes one after the other, together no more than `up_to` (all of it where none is given)."""
        left = max(ZERO, sum((self.balance[name] for name in names), ZERO) if up_to is None else up_to)
        for name in names:
            moved = min(self.collection, self.balance[name], left)
            self.collection, self.balance[name], left = (
                self.collection - moved,
                self.balance[name] - moved,
                left - moved,
            )
            self.paid[name] += moved

    def top_up(self, target: Decimal) -> None:
        """Fill the reserve to its target."""
        moved = max(ZERO, min(self.collection, target - self.reserve))
        self.collection, self.reserve = self.collection - moved, self.reserve + moved

    def release_excess(self, target: Decimal) -> None:
        """Move what the reserve holds above its target to the collection account."""
        moved = max(ZERO, self.reserve - target)
        self.collection, self.reserve = self.collection + moved, self.reserve - moved

    def apply_trap(self) -> None:
        """Empty the trap into the collection account."""
        self.collection, self.trap = self.collection + self.trap, ZERO

    def apply_reserve(self) -> None:
        """Empty the reserve into the collection account."""
        self.collection, self.reserve = self.collection + self.reserve, ZERO

    def deposit_in_trap(self) -> None:
        """Put all that is left into the trap."""
        self.trap, self.collection = self.trap + self.collection, ZERO

    def release(self) -> None:
        """Pay all that is left to the sponsor."""
        self.sponsor, self.collection = self.sponsor + self.collection, ZERO


class Engine:
    """The month loop. `lines` are the results, `work` the lines which only the tests look back at."""

    def __init__(self, deal: dict[str, Any]) -> None:
        self.deal, self.lots = deal, lots_of(deal)
        self.original = {name: number(deal["tranches"][name]["balance"]) for name in CLASSES}
        self.coupon = {name: number(deal["tranches"][name]["coupon"]["fixed"]) for name in CLASSES}
        self.lag = whole(deal["collateral"]["disposal"]["lag_months"])
        self.legal_final = month_of(deal, "legal_final")
        self.months = self.legal_final + 1 + self.lag
        self.lines: dict[str, list[Decimal]] = {}
        self.work: dict[str, list[Decimal]] = {}
        self.cash = Cash(self.original)
        self.state = "normal"

    def put(self, name: str, value: Decimal | int) -> None:
        """Write this month's value of a line."""
        self.lines.setdefault(name, []).append(Decimal(value) if value else ZERO)

    def now(self, name: str) -> Decimal:
        """This month's value of a line."""
        return self.lines[name][-1]

    def before(self, name: str, month: int) -> Decimal:
        """Value of a line in the month before; 0 at closing."""
        return self.lines[name][month - 2] if month > 1 else ZERO

    def scheduled(self, name: str, month: int) -> Decimal:
        """Scheduled balance of a class at the end of a month."""
        return self.original[name] * point_at(self.deal["tranches"][name]["scheduled_balance"], month)

    def held(self, month: int) -> list[Lot]:
        """Lots which were not sold before this month."""
        return [lot for lot in self.lots if month <= lot.put_up + self.lag]

    def value(self, basis: str, month: int) -> Decimal:
        """Value of the collateral held, on the basis `resale` or `book`, or the lower total of the two."""
        if basis == "lower_of":
            return min(self.value("resale", month), self.value("book", month))
        unit = unit_resale if basis == "resale" else unit_book
        return sum((lot.units * unit(self.deal, lot.cohort, month) for lot in self.held(month)), ZERO)

    def close_the_deal(self) -> dict[str, Decimal]:
        """0. Closing: the notes fill the reserve, the rest is released to the sponsor and buys the equipment."""
        self.cash.open({})
        self.cash.collection = sum(self.original.values(), ZERO)
        self.cash.top_up(self.reserve_target(self.original))
        self.cash.release()
        cohorts = self.deal["collateral"]["cohorts"].values()
        cost = sum((number(row["units"]) * number(row["unit_cost"]) for row in cohorts), ZERO)
        return {
            "reserve_funded": self.cash.reserve,
            "released_to_sponsor": self.cash.sponsor,
            "sponsor_contribution": cost - self.cash.sponsor,
            "value.resale": self.value("resale", 0),
            "value.book": self.value("book", 0),
        }

    def reserve_target(self, balance: dict[str, Decimal]) -> Decimal:
        """So many months of interest on the balances of classes A and B, in twelfths of a year."""
        months = number(self.deal["accounts"]["liquidity_reserve"]["target"]["months_of_interest"])
        return months * sum((balance[name] * self.coupon[name] / TWELVE for name in ("class_a", "class_b")), ZERO)

    def collect(self, month: int) -> None:
        """3 and 5. Revenue of the lots held, claims which arrive, and the value of what is held."""
        self.put("revenue", sum((lot_revenue(self.deal, lot, month) for lot in self.held(month)), ZERO))
        claims = ZERO
        for lot in self.lots:
            terms = lot.lease["at_default"] if lot.lease else {}
            if lot.hit != NEVER and lot.hit + whole(terms["claim_lag_months"]) == month:
                claims += number(terms["claim_recovery"]) * lot_claim(self.deal, lot)
        self.put("claims_received", claims)
        self.put("value.resale", self.value("resale", month))
        self.put("value.book", self.value("book", month))

    def costs_fall_due(self, month: int) -> dict[str, Decimal]:
        """4. Site costs and fees of the month, and what was unpaid before. No interest on it."""
        opening = sum(self.cash.balance.values(), ZERO)
        accrued = {"site_costs": sum((lot_site_costs(self.deal, lot, month) for lot in self.held(month)), ZERO)}
        for fee in FEES:
            row = self.deal["fees"][fee]
            a_year = (
                number(row["amount_per_year"]) if "amount_per_year" in row else number(row["rate_per_year"]) * opening
            )
            accrued[fee] = a_year / TWELVE
        due = {name: amount + self.before(f"{name}.unpaid", month) for name, amount in accrued.items()}
        for name, amount in due.items():
            self.put(f"{name}.due", amount)
        self.work.setdefault("net", []).append(self.now("revenue") - sum(accrued.values(), ZERO))
        return due

    def notes_fall_due(self, month: int) -> dict[str, Decimal]:
        """6. Interest, scheduled balances and the target of the reserve."""
        closing, service, due = self.deal["deal"]["closing"], ZERO, {}
        fraction = years_30_360_isda(month_end(closing, month - 1), month_end(closing, month))
        for name in CLASSES:
            opening, scheduled = self.cash.balance[name], self.scheduled(name, month)
            accrued = opening * self.coupon[name] * fraction
            shortfall = self.before(f"{name}.interest_shortfall", month)
            due[f"{name}.interest"] = accrued + shortfall + shortfall * self.coupon[name] * fraction
            service += accrued + max(ZERO, min(opening, self.scheduled(name, month - 1)) - scheduled)
            self.put(f"{name}.opening_balance", opening)
            self.put(f"{name}.interest_accrued", accrued)
            self.put(f"{name}.interest_due", due[f"{name}.interest"])
            self.put(f"{name}.scheduled_balance", scheduled)
        self.work.setdefault("debt_service", []).append(service)
        self.put("liquidity_reserve.target", self.reserve_target(self.cash.balance))
        return due

    def measure(self, month: int) -> None:
        """7. Tests measured on the month's collections and the balances before payment."""
        weights = [(lot, lot.units * self.unit_cost(lot)) for lot in self.held(month)]
        used = sum((weight * used_share(self.deal, lot, month) for lot, weight in weights), ZERO)
        self.work.setdefault("used", []).append(used)
        self.work.setdefault("weight", []).append(sum((weight for _, weight in weights), ZERO))
        for name in MEASURED_BEFORE:
            over = whole(self.deal["tests"][name].get("over_months", 1))
            if name in DEBT:
                top = sum((self.now(f"{debt}.opening_balance") for debt in DEBT[name]), ZERO)
                bottom = self.value("resale" if name == "market_ltv" else "lower_of", month)
            else:
                pair = ("used", "weight") if name == "utilisation" else ("net", "debt_service")
                top, bottom = (sum(self.work[line][-over:], ZERO) for line in pair)
            self.judge(name, month, top / bottom if bottom > HALF_A_CENT else None)

    def unit_cost(self, lot: Lot) -> Decimal:
        """Purchase price of one unit of a lot."""
        return number(self.deal["collateral"]["cohorts"][lot.cohort]["unit_cost"])

    def judge(self, name: str, month: int, ratio: Decimal | None, tolerance: Decimal = ZERO) -> None:
        """Write the result of one test. Without a result it neither fails nor passes."""
        test = self.deal["tests"][name]
        if ratio is None or month < month_of(self.deal, test.get("first", "month 1")):
            results = (ZERO, 0, 0)
        else:
            seen = ratio if tolerance else ratio.quantize(EIGHT_PLACES)
            low = "at_least" in test and seen < number(test["at_least"])
            high = "at_most" in test and seen > number(test["at_most"]) + tolerance
            results = (ratio, int(low or high), int(not (low or high)))
        for part, result in zip(("ratio", "failed", "passed"), results, strict=True):
            self.put(f"{name}.{part}", result)

    def choose_state(self, month: int) -> None:
        """7. The deal is in the state of highest severity which holds."""
        row = self.before("dscr_trap.passes_in_a_row", month) + self.now("dscr_trap.passed")
        self.put("dscr_trap.passes_in_a_row", ZERO if self.now("dscr_trap.failed") else row)
        cured = self.now("dscr_trap.passes_in_a_row") >= number(self.deal["tests"]["dscr_trap"]["cured_after"])
        was = {name: any(self.work.get(name, [])[-1:]) for name in ("trapped", "rapid", "accelerated")}
        failed = {
            name: bool(self.now(f"{name}.failed")) for name in ("dscr_trap", "dscr_rapid", "utilisation", "market_ltv")
        }
        late = [self.before(f"{name}.failed", month) for name in ("senior_interest", "final_payment")]
        holds = {
            "trapped": failed.pop("dscr_trap") or (was["trapped"] and not cured),
            "rapid": any(failed.values()) or was["rapid"],
            "accelerated": any(late) or was["accelerated"],
        }
        for name, flag in holds.items():
            self.work.setdefault(name, []).append(Decimal(flag))
        self.state = next((name for name in ("accelerated", "rapid", "trapped") if holds[name]), "normal")
        for name in ("normal", "trapped", "rapid", "accelerated"):
            self.put(f"{name}.in_force", int(name == self.state))

    def sell(self, month: int) -> None:
        """8. Put up what does not perform; what was put up `lag` months ago is sold at the end of this month."""
        terms, proceeds = self.deal["collateral"]["disposal"], ZERO
        for lot in self.lots:
            ready = not is_performing(lot, month) or month > self.legal_final
            if self.state == "accelerated" and ready and lot.put_up == NEVER:
                lot.put_up = month
            if lot.put_up + self.lag == month:
                proceeds += lot.units * unit_resale(self.deal, lot.cohort, month)
        self.put("sale_proceeds", proceeds * (ONE - number(terms["discount"]) - number(terms["cost"])))
        parts = ("revenue", "claims_received", "sale_proceeds")
        self.put("collections", sum((self.now(name) for name in parts), ZERO))

    def pay_out(self, month: int, due: dict[str, Decimal]) -> None:
        """9. Trap, excess of the reserve, then the list of the state the deal is in."""
        cash, target = self.cash, self.now("liquidity_reserve.target")
        cash.open(due)
        cash.collection += self.now("collections")
        repaid = sum((self.now(f"{name}.opening_balance") for name in CLASSES), ZERO) <= HALF_A_CENT
        if self.state == "normal" or repaid:
            cash.apply_trap()
        cash.release_excess(target)
        if self.state in ("normal", "trapped"):
            self.payments(month, target)
        elif self.state == "rapid":
            self.rapid()
        else:
            self.enforcement()

    def expenses(self) -> None:
        """The list `expenses`."""
        self.cash.pay(*FEES, backed_by_reserve=True)
        self.cash.pay("site_costs")

    def payments(self, month: int, target: Decimal) -> None:
        """The list `payments`. While trapped, class B's interest waits for class A's principal."""
        cash, trapped = self.cash, self.state == "trapped"
        self.expenses()
        cash.pay("class_a.interest", backed_by_reserve=True)
        if not trapped:
            cash.pay("class_b.interest", backed_by_reserve=True)
        cash.pay_principal("class_a", up_to=cash.balance["class_a"] - self.scheduled("class_a", month))
        if trapped:
            cash.pay("class_b.interest", backed_by_reserve=True)
        cash.top_up(target)
        cash.pay_principal("class_b", up_to=cash.balance["class_b"] - self.scheduled("class_b", month))
        cash.pay("class_c.interest")
        cash.pay_principal("class_c", up_to=cash.balance["class_c"] - self.scheduled("class_c", month))
        for name in ("asset_base_a", "asset_base_ab", "asset_base_abc"):
            most = number(self.deal["tests"][name]["at_most"]) * self.value("lower_of", month)
            cash.pay_principal(*DEBT[name], up_to=sum((cash.balance[debt] for debt in DEBT[name]), ZERO) - most)
        if trapped and sum(cash.balance.values(), ZERO) > HALF_A_CENT:
            cash.deposit_in_trap()
        cash.release()

    def rapid(self) -> None:
        """The list `rapid`: class A first, from all cash."""
        self.cash.apply_trap()
        self.expenses()
        self.cash.pay("class_a.interest", backed_by_reserve=True)
        self.cash.pay_principal("class_a")
        self.junior_sequential()

    def enforcement(self) -> None:
        """The list `enforcement`: the accounts are applied as well."""
        self.cash.apply_reserve()
        self.cash.apply_trap()
        self.expenses()
        self.cash.pay("class_a.interest")
        self.cash.pay_principal("class_a")
        self.junior_sequential()

    def junior_sequential(self) -> None:
        """The list `junior_sequential`."""
        for name in ("class_b", "class_c"):
            self.cash.pay(f"{name}.interest")
            self.cash.pay_principal(name)
        self.cash.release()

    def close_month(self, month: int) -> None:
        """9.4 and 9.5. Closing balances; in the last month what is still owed is written down."""
        cash = self.cash
        for name in ("site_costs", *FEES):
            self.put(f"{name}.paid", cash.paid[name])
            self.put(f"{name}.unpaid", cash.due[name] - cash.paid[name])
        for name in CLASSES:
            interest = f"{name}.interest"
            self.put(f"{interest}_paid", cash.paid[interest])
            self.put(f"{interest}_shortfall", cash.due[interest] - cash.paid[interest])
            self.put(f"{name}.principal_paid", cash.paid[name])
            lost = cash.balance[name] if month == self.months else ZERO
            cash.balance[name] -= lost
            self.put(f"{name}.write_down", lost)
            self.put(f"{name}.balance", cash.balance[name])
        self.put("liquidity_reserve.balance", cash.reserve)
        self.put("trapped_cash.balance", cash.trap)
        self.put("collection.balance", cash.collection)
        self.put("sponsor.received", cash.sponsor)

    def measure_after_payment(self, month: int) -> None:
        """10. Interest of the most senior class outstanding, and balances after the legal final date."""
        outstanding = [name for name in CLASSES if self.now(f"{name}.opening_balance") > HALF_A_CENT]
        senior = min(outstanding, key=lambda name: number(self.deal["tranches"][name]["ranking"]), default=None)
        unpaid = self.now(f"{senior}.interest_shortfall") if senior else ZERO
        self.judge("senior_interest", month, unpaid, HALF_A_CENT)
        owed = [self.now(f"{name}.opening_balance") - self.now(f"{name}.principal_paid") for name in CLASSES]
        self.judge("final_payment", month, sum(owed, ZERO), HALF_A_CENT)

    def one_month(self, month: int) -> None:
        """The order of events in a month."""
        self.collect(month)
        due = self.costs_fall_due(month) | self.notes_fall_due(month)
        self.measure(month)
        self.choose_state(month)
        self.sell(month)
        self.pay_out(month, due)
        self.close_month(month)
        self.measure_after_payment(month)

    def totals(self, name: str) -> dict[str, Decimal]:
        """Totals of a class over the life of the deal."""
        closing, principal = self.deal["deal"]["closing"], self.lines[f"{name}.principal_paid"]
        paid = sum(principal, ZERO)
        dates = (years_30_360_isda(closing, month_end(closing, month)) for month in range(1, self.months + 1))
        weighted = sum((years * amount for years, amount in zip(dates, principal, strict=True)), ZERO)
        return {
            "principal_paid": paid,
            "interest_paid": sum(self.lines[f"{name}.interest_paid"], ZERO),
            "principal_loss": sum(self.lines[f"{name}.write_down"], ZERO),
            "interest_shortfall": self.lines[f"{name}.interest_shortfall"][-1],
            "wal_years": weighted / paid if paid else ZERO,
        }


def run(deal: dict[str, Any], changes: list[dict[str, Any]] | tuple[()] = ()) -> Outcome:
    """Cash flows of the flagship deal after a list of scenario changes, applied in order, at 50 digits.

    Parameters
    ----------
    deal : mapping
        The deal file as `yaml.safe_load` gives it. It is not altered.
    changes : list of mappings
        Changes in the deal language: `at`, one of `set`, `multiply`, `add`, `shift_months`, and for the two levels of
        a generation `from` and `until`.

    Returns
    -------
    Outcome
        Lines of months 1 to legal final + 1 + disposal lag, amounts at closing, totals of each class. [currency]
    """
    with localcontext(prec=50):
        engine = Engine(changed(deal, list(changes)))
        closing = engine.close_the_deal()
        for month in range(1, engine.months + 1):
            engine.one_month(month)
        return Outcome(engine.lines, closing, {name: engine.totals(name) for name in CLASSES})
