"""The command line: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dealmodel.cli.tables import WIDTH
from dealmodel.definition.field_tables import language_pages
from dealmodel.version import VERSION

ROOT = Path(__file__).parents[2]
FLAGSHIP = ROOT / "sample_deals" / "gpu_abs_abc"
SMALL = ROOT / "tests" / "definition" / "small_deal.yaml"


def strict_json(text: str) -> object:
    """JSON without NaN and infinities, which JSON does not have."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    return json.loads(text, parse_constant=refuse)


def test_version(dealmodel) -> None:
    assert dealmodel("--version") == (0, f"dealmodel {VERSION}\n", "")


def test_help_names_every_command(dealmodel) -> None:
    said = dealmodel("--help")
    assert said.code == 0
    for command in ("run", "check", "explain", "certify", "schema", "new", "diff", "decrement"):
        assert command in said.out


@pytest.mark.parametrize("path", [FLAGSHIP, FLAGSHIP / "deal.yaml", SMALL])
def test_check_of_a_good_deal(dealmodel, path: Path) -> None:
    said = dealmodel("check", path)
    assert (said.code, said.err) == (0, "")
    assert "no problem found" in said.out


def test_check_as_data(dealmodel) -> None:
    """Three years of months and 1 + 6 for a sale; four scenarios."""
    said = dealmodel("check", SMALL, "--json")
    facts = strict_json(said.out)
    assert isinstance(facts, dict)
    assert facts["deal"] == "small"
    assert facts["months"] == 36 + 7
    assert facts["scenarios"] == ["base", "stops", "worthless", "both"]


@pytest.mark.parametrize("scenario", ["base", "both"])
def test_run_as_data_is_strict_json_and_writes_the_workbooks(dealmodel, tmp_path: Path, scenario: str) -> None:
    said = dealmodel("run", SMALL, "--out", tmp_path, "--json", "--scenario", scenario)
    assert (said.code, said.err) == (0, "")
    data = strict_json(said.out)
    assert isinstance(data, dict)
    assert data["scenario"] == scenario
    assert data["workbook"] == str(tmp_path / "small.xlsx")
    assert data["term_sheet"] == str(tmp_path / "small_term_sheet.xlsx")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["small.xlsx", "small_term_sheet.xlsx"]
    assert data["tranches"]["senior"]["balance"] == 15_000_000
    assert [check["id"] for check in data["checks"]] == [f"I0{number}" for number in range(1, 9)]
    assert all(check["holds"] for check in data["checks"])
    assert set(data["scenarios"]) == {"base", "stops", "worthless", "both"}


def test_the_same_run_prints_the_same_data(dealmodel, tmp_path: Path) -> None:
    """The second run replaces what the first wrote, and the third what the second wrote."""
    first, second, third = (dealmodel("run", SMALL, "-o", tmp_path, "--json") for _ in range(3))
    assert second.out == third.out
    whole, again = json.loads(first.out), json.loads(second.out)
    assert (whole.pop("replaced"), again.pop("replaced")) == ([], [again["workbook"], again["term_sheet"]])
    assert whole == again


def test_run_prints_tables_that_fit_the_page(dealmodel, tmp_path: Path) -> None:
    said = dealmodel("run", FLAGSHIP, "--out", tmp_path, "--scenario", "both_protections_fail")
    assert said.code == 0
    tables, _, paths = said.out.partition("Live model: ")
    live, sheet = tmp_path / "gpu_abs_abc.xlsx", tmp_path / "gpu_abs_abc_term_sheet.xlsx"
    assert paths == f"{live}\nTerm sheet: {sheet}\n"
    assert live.is_file()
    assert sheet.is_file()
    assert max(len(line) for line in tables.splitlines()) <= WIDTH == 100
    for words in ("class_a", "600.00", "dscr_trap", "States: normal from month 1", "8 of 8 invariants hold"):
        assert words in said.out
    assert "nan" not in said.out.lower().split()


def test_a_run_makes_the_folder_it_writes_to(dealmodel, tmp_path: Path) -> None:
    assert dealmodel("run", SMALL, "--out", tmp_path / "a" / "b").code == 0
    assert (tmp_path / "a" / "b" / "small.xlsx").stat().st_size > 10_000


def test_explain_by_month_and_by_date_say_the_same(dealmodel) -> None:
    """Month 1 is paid on 31 January 2027."""
    by_month = dealmodel("explain", FLAGSHIP, "class_a.interest_paid", "1")
    assert by_month.code == 0
    assert by_month.out == dealmodel("explain", FLAGSHIP, "class_a.interest_paid", "2027-01").out
    assert by_month.out == dealmodel("explain", FLAGSHIP, "class_a.interest_paid", "2027-01-31").out


def test_explain_shows_the_number_its_formula_and_its_inputs(dealmodel) -> None:
    """600m at 6% for 30 days of 360: 3,000,000."""
    said = dealmodel("explain", FLAGSHIP, "class_a.interest_due", "1", "--depth", "3")
    assert said.code == 0
    assert "month 1 (paid 2027-01-31), scenario base" in said.out
    assert "class_a.interest_due = 3,000,000" in said.out
    assert "600,000,000 * 0.06" in said.out
    assert "from tranches.class_a" in said.out


def test_explain_of_a_scenario_shows_the_list_in_force(dealmodel) -> None:
    words = ("explain", FLAGSHIP, "class_a.interest_paid", "30", "--scenario", "contracts_fail")
    said = dealmodel(*words)
    assert "rapid." in said.out
    assert "enforcement." not in said.out
    assert "payments." not in said.out


def test_explain_hides_what_lies_deeper_and_says_so(dealmodel) -> None:
    shallow = dealmodel("explain", FLAGSHIP, "class_a.interest_due", "1", "--depth", "0")
    assert "class_a.opening_balance = " not in shallow.out
    assert "more lines lie deeper; see them with --depth 1 or more" in shallow.out


@pytest.mark.parametrize("line", ["class_a.interest_paid", "dscr_trap.ratio", "sponsor.received"])
def test_explanations_fit_the_page(dealmodel, line: str) -> None:
    assert dealmodel("explain", FLAGSHIP, line, "12").widest <= WIDTH


def test_schema_is_strict_json(dealmodel) -> None:
    said = dealmodel("schema")
    schema = strict_json(said.out)
    assert isinstance(schema, dict)
    assert said.code == 0
    assert {"deal", "tranches", "waterfalls", "scenarios"} <= set(schema["properties"])


def test_schema_writes_the_pages_of_the_language(dealmodel, tmp_path: Path) -> None:
    said = dealmodel("schema", "--markdown", tmp_path / "language")
    assert said.code == 0
    written = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "language").iterdir()}
    assert written == language_pages()
    assert said.out == f"{len(written)} pages of the deal language are in {tmp_path / 'language'}.\n"
    (tmp_path / "language" / "deal.md").write_text("older")
    assert dealmodel("schema", "--markdown", tmp_path / "language").code == 0
    assert (tmp_path / "language" / "deal.md").read_text(encoding="utf-8") == written["deal.md"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("run", SMALL, "--scenario", "bth"), 2, "did you mean 'both'?"),
        (("explain", SMALL, "senior.interest_payd", "1"), 2, "did you mean 'senior.interest_paid'?"),
        (("explain", SMALL, "senior.interest_paid", "0"), 2, "there is no month 0; months are 1 to 43"),
        (("explain", SMALL, "senior.interest_paid", "44"), 2, "there is no month 44"),
        (("explain", SMALL, "senior.interest_paid", "2026-12"), 2, "'2026-12' is no month of the deal"),
        (("explain", SMALL, "senior.interest_paid", "2027"), 2, "there is no month 2027"),
        (("explain", SMALL, "senior.interest_paid", "2027-1"), 2, "'2027-1' is no month of the deal"),
        (("explain", SMALL, "senior.interest_paid", "soon"), 2, "'soon' is no month of the deal"),
        (("explain", SMALL, "senior.interest_paid", "1", "--depth", "13"), 2, "--depth"),
        (("check", ROOT / "no_such_deal.yaml"), 3, "no_such_deal.yaml"),
        (("run", ROOT / "no_such_folder" / "deal.yaml"), 3, "deal.yaml"),
        (("run",), 2, "DEAL"),
        (("walk", SMALL), 2, "walk"),
        (("check", SMALL, "--jsn"), 2, "--jsn"),
    ],
)
def test_a_request_that_cannot_be_met(dealmodel, tmp_path, monkeypatch, words, code: int, said: str) -> None:
    monkeypatch.chdir(tmp_path)
    found = dealmodel(*words)
    assert found.code == code
    assert said in found.err
    assert found.out == ""
    assert "Traceback" not in found.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["run", "check"])
def test_a_broken_deal_is_told_in_full_and_nothing_is_written(dealmodel, tmp_path: Path, command: str) -> None:
    text = SMALL.read_text().replace("fixed: 0.09", "fixed: 9.0").replace("cohort: first", "cohort: frist")
    broken = tmp_path / "broken.yaml"
    broken.write_text(text)
    out = ("--out", tmp_path / "out") if command == "run" else ()
    said = dealmodel(command, broken, *out)
    assert said.code == 2
    assert "broken.yaml has 2 problems" in said.err
    assert "tranches.junior.coupon.fixed (line " in said.err
    assert "did you mean 'first'?" in said.err
    assert said.out == ""
    assert [path.name for path in tmp_path.iterdir()] == ["broken.yaml"]


def test_a_file_in_the_place_of_the_folder_is_refused(dealmodel, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    said = dealmodel("run", SMALL, "--out", tmp_path / "out")
    assert said.code == 3
    assert "is not a folder" in said.err
    assert (tmp_path / "out").read_text() == "a file"


def test_a_run_of_an_unknown_scenario_writes_nothing(dealmodel, tmp_path: Path) -> None:
    assert dealmodel("run", SMALL, "--out", tmp_path / "out", "--scenario", "bth").code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_stepped_level_is_shown_by_its_ends(dealmodel, tmp_path) -> None:
    """At least 1.2 at first and 1.35 from month 12 on."""
    stepped = "at_least: {by: month, points: [[0, 1.2], [12, 1.35]], between: step}"
    deal = tmp_path / "stepped.yaml"
    deal.write_text(SMALL.read_text(encoding="utf-8").replace("at_least: 1.2,", f"{stepped},"), encoding="utf-8")
    said = dealmodel("run", deal, "--out", tmp_path)
    assert said.code == 0
    assert "1.2000 to 1.3500" in said.out
