"""Commands of `dealmodel`. Each reads a deal, does one thing, and says what it did in words that a structurer reads.

Exit codes: 0 done; 1 the model or an invariant failed; 2 the deal or a request cannot be used; 3 a file cannot be read
or written.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dealmodel.basics.errors import DealError, DealFileError, FileAccessError, Issue
from dealmodel.version import VERSION

if TYPE_CHECKING:
    from dealmodel.engine.result import Result

app = typer.Typer(
    name="dealmodel",
    help="Cash-flow models of GPU-collateralized financings: deal file to certified live workbook.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

DealPath = Annotated[Path, typer.Argument(metavar="DEAL", help="A deal file, or a folder which holds deal.yaml.")]
ScenarioName = Annotated[str, typer.Option("--scenario", "-s", help="Scenario of the deal.")]
Force = Annotated[bool, typer.Option("--force", help="Replace files that are there, whatever they are.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


def main() -> None:
    """Run the command line; errors are said in one place, and become exit codes."""
    try:
        app(standalone_mode=False)
    except DealError as error:
        print(error, file=sys.stderr)
        raise SystemExit(error.exit_code) from None
    except typer.Exit as stop:
        raise SystemExit(stop.exit_code) from None
    except typer.Abort:
        raise SystemExit(130) from None
    except OSError as error:
        print(f"{error.filename or 'file'}: {error.strerror or error}", file=sys.stderr)
        raise SystemExit(FileAccessError.exit_code) from None
    except Exception as error:
        usage = getattr(error, "format_message", None)
        if usage is None:
            raise
        print(f"{usage()}\nTry 'dealmodel --help'.", file=sys.stderr)
        raise SystemExit(DealFileError.exit_code) from None


@app.callback(invoke_without_command=True)
def _about(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        print(f"dealmodel {VERSION}")
        raise typer.Exit


@app.command()
def run(
    deal: DealPath,
    scenario: ScenarioName = "base",
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the workbooks.")] = Path("."),
    as_json: AsJson = False,
    force: Force = False,
) -> None:
    """Run a deal: write <deal id>.xlsx, the live model, and <deal id>_term_sheet.xlsx; print what came out.

    A scenario that changes the deal's shape has a workbook of its own, <deal id>_<scenario>.xlsx.
    """
    import dealmodel as dm
    from dealmodel.analytics.term_sheet.outcomes import run_names
    from dealmodel.cli import tables
    from dealmodel.cli.workbooks import write_all

    loaded = dm.load_deal(deal)
    result = dm.run_deal(loaded, scenario)
    results = {name: result if name == scenario else dm.run_deal(loaded, name) for name in run_names(loaded)}
    files = write_all(loaded, result, results, _folder(out), force=force)
    others = list(results.values())
    if as_json:
        print(json.dumps({**tables.as_data(result, others), **tables.files_as_data(files)}, indent=2, allow_nan=False))
        return
    tables.show_result(result, others, {file.label: file.text() for file in files})


def _folder(out: Path) -> Path:
    if not out.exists():
        out.mkdir(parents=True)
    if not out.is_dir():
        raise FileAccessError(str(out), [Issue("--out", f"{str(out)!r} is not a folder", code="DM-IO-010")])
    return out


@app.command()
def check(deal: DealPath, as_json: AsJson = False) -> None:
    """Check a deal file: every problem at once, in file order."""
    import dealmodel as dm
    from dealmodel.engine.run import model_for
    from dealmodel.engine.variants import own_scenarios

    loaded = dm.load_deal(deal)
    model = dm.compile_deal(loaded)
    own = own_scenarios(loaded)
    for name in own:
        model_for(loaded, name)
    facts = {
        "deal": model.name,
        "title": model.title,
        "months": model.periods,
        "lines": len(model.definitions),
        "operations_a_month": model.operations,
        "inputs": sum(item.live for item in model.inputs),
        "scenarios": list(model.scenarios),
        "scenarios_with_own_workbook": list(own),
    }
    if as_json:
        print(json.dumps(facts, indent=2))
        return
    scenarios = ", ".join(model.scenarios)
    print(f"{model.title} ({model.name}): no problem found.")
    print(f"{facts['months']} months, {facts['lines']} lines, {facts['inputs']} live inputs; scenarios {scenarios}.")
    if own:
        print(f"With a model and a workbook of their own, for they change the deal's shape: {', '.join(own)}.")


@app.command()
def explain(
    deal: DealPath,
    line: Annotated[str, typer.Argument(help="A line, such as class_a.interest_paid.")],
    period: Annotated[str, typer.Argument(help="A month number, or a payment date such as 2028-12 or 2028-12-31.")],
    scenario: ScenarioName = "base",
    depth: Annotated[int, typer.Option(help="How many steps to go back.", min=0, max=12)] = 2,
) -> None:
    """Explain a number: the formula of a line in a month, with the values that went in."""
    import dealmodel as dm
    from dealmodel.cli import tables

    result = dm.run_deal(dm.load_deal(deal), scenario)
    tables.show_explanation(result, line, _month(result, period), depth)


def _month(result: Result, period: str) -> int:
    if period.isdecimal():
        return int(period)
    found = [number for number, day in enumerate(result.model.period_ends, 1) if day.startswith(period)]
    if len(found) != 1 or len(period) < len("2028-12"):
        first, last = result.model.period_ends[0], result.model.period_ends[-1]
        allowed = f"a month number, or a payment date from {first} to {last}"
        raise DealFileError(result.model.name, [Issue("period", f"{period!r} is no month of the deal", allowed)])
    return found[0]


@app.command()
def analyse(
    deal: DealPath,
    scenario: ScenarioName = "base",
    price: Annotated[
        list[str] | None,
        typer.Option(metavar="TRANCHE=SHARE", help="Price at closing, such as class_a=0.985; as issued unless given."),
    ] = None,
    every: Annotated[int, typer.Option(help="Months from one printed row of a series to the next.", min=1)] = 12,
    as_json: AsJson = False,
) -> None:
    """Analyse a run: yields, lives, durations, spreads, coverage, enhancement, collateral gap and equity return."""
    import dealmodel as dm
    from dealmodel.cli import analysis

    result = dm.run_deal(dm.load_deal(deal), scenario)
    found = dm.analyse(result, prices=analysis.prices_in(price or (), result))
    if as_json:
        print(json.dumps(analysis.as_data(found), indent=2, allow_nan=False))
        return
    analysis.show_analysis(found, every=every)


@app.command()
def certify(
    deal: DealPath,
    scenario: Annotated[
        str, typer.Option("--scenario", "-s", help="One scenario alone; without it, every scenario of the deal.")
    ] = "",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder in which to keep the workbooks.")] = None,
) -> None:
    """Prove that the live workbooks equal the engine, cell by cell, in every scenario and with five inputs changed.

    A scenario that changes the deal's shape has a workbook of its own, which is certified too.
    """
    import tempfile

    import dealmodel as dm
    from dealmodel.cli.workbooks import certificates

    loaded = dm.load_deal(deal)
    holds = True
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) if out is None else _folder(out)
        for certificate in certificates(loaded, scenario, kept):
            print(certificate, flush=True)
            holds = holds and certificate.holds
    if not holds:
        raise typer.Exit(1)


@app.command()
def size(
    deal: DealPath,
    write: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the deal with its sizes there; comments are not kept.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the balance, schedule and covers of every tranche that is sized or sculpted on base cash."""
    import dealmodel as dm
    from dealmodel.analytics.debt_sizing import debt_sizes
    from dealmodel.cli.sizes import show_sizes, sizes_as_data, write_frozen
    from dealmodel.engine.compile import sized

    loaded = dm.load_deal(deal)
    found = debt_sizes(loaded)
    if not found:
        what = "no tranche is sized or sculpted"
        raise DealFileError(loaded.deal.id, [Issue("tranches", what, hint="write `sizing`", code="DM-SIZ-014")])
    if write is not None:
        write_frozen(sized(loaded), write, force=force)
    if as_json:
        print(json.dumps(sizes_as_data(found), indent=2, allow_nan=False))
        return
    show_sizes(found)


@app.command()
def decrement(
    deal: DealPath,
    scenarios: Annotated[str, typer.Option(help="Scenarios, with commas; all unless given.")] = "",
    vary: Annotated[str, typer.Option(metavar="PATH", help="Vary a live number; `*` for every row at a level.")] = "",
    values: Annotated[str, typer.Option(metavar="V1,V2,...", help="Its values: numbers or times, with commas.")] = "",
    by: Annotated[str, typer.Option(help="Rows: payment_date, anniversary or month.")] = "payment_date",
    life: Annotated[str, typer.Option(help="Time of average lives: 30/360, 30/360 US or months_over_12.")] = "30/360",
    places: Annotated[int, typer.Option(help="Decimals of percentages: 0 or 2.")] = 0,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the workbook.")] = Path("."),
    as_json: AsJson = False,
) -> None:
    """Print percent of original balance outstanding and average lives, and write <deal id>_decrement.xlsx."""
    import dealmodel as dm
    from dealmodel.cli.decrement import names_in, show_decrement, values_in

    asked: dict[str, Any] = {"by": by, "life": life, "places": places}
    found = dm.decrement(
        dm.load_deal(deal), scenarios=names_in(scenarios), vary=vary or None, values=values_in(values), **asked
    )
    workbook = dm.write_decrement(found, _folder(out) / f"{found.deal}_decrement.xlsx")
    if as_json:
        print(json.dumps({**found.as_data(), "workbook": str(workbook)}, indent=2, allow_nan=False))
        return
    show_decrement(found, workbook)


@app.command()
def schema(
    markdown: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write the pages of the language there instead.")
    ] = None,
) -> None:
    """Print the JSON Schema of deal files, or write a page of field tables for each part of them."""
    from dealmodel.definition.schema import json_schema

    if markdown is not None:
        from dealmodel.definition.field_tables import language_pages
        from dealmodel.io.write import write_text

        pages = language_pages()
        for name, text in pages.items():
            write_text(text, _folder(markdown) / name, force=True)
        print(f"{len(pages)} pages of the deal language are in {markdown}.")
        return
    print(json.dumps(json_schema(), indent=2, allow_nan=False))


@app.command()
def new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="What the deal is called; its folder is its id.")
    ] = "my_deal",
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder in which the deal's folder is made.")] = Path("."),
    force: Annotated[bool, typer.Option("--force", help="Replace a deal file that is there.")] = False,
) -> None:
    """Write a starter deal to change: <id>/deal.yaml, small, whole, and with a comment on every part."""
    import shlex

    from dealmodel.definition.load import deal_from_text
    from dealmodel.definition.starter import starter_id, starter_text
    from dealmodel.io.write import write_text

    text, folder = starter_text(name), out / starter_id(name)
    deal_from_text(text, "deal.yaml")
    write_text(text, folder / "deal.yaml", force=force)
    shown = shlex.quote(str(folder))
    print(f"{folder / 'deal.yaml'} holds a starter deal: illustrative, every number assumed. Change it, and try:")
    print(f"  dealmodel check {shown}")
    print(f"  dealmodel run {shown} --scenario both_protections_fail")
    print(f"  dealmodel explain {shown} senior.interest_paid 12")
    print(f"  dealmodel certify {shown}")


@app.command()
def diff(
    first: Annotated[Path, typer.Argument(metavar="A", help="A deal file, or a folder which holds deal.yaml.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="Another deal, or the same in another version.")],
    scenario: ScenarioName = "base",
    as_json: AsJson = False,
) -> None:
    """Compare two deals: what differs in their definitions, and in what comes out of a scenario."""
    import dealmodel as dm
    from dealmodel.cli import tables
    from dealmodel.definition.differences import differences
    from dealmodel.engine.comparison import compared, figures

    before, after = dm.load_deal(first), dm.load_deal(second)
    found = differences(before, after)
    runs = [(deal, dm.run_deal(deal, scenario)) for deal in (before, after)]
    rows = compared(*(figures(deal, result) for deal, result in runs))
    if as_json:
        print(
            json.dumps(
                tables.differences_as_data(str(first), str(second), scenario, found, rows), indent=2, allow_nan=False
            )
        )
        return
    tables.show_differences(str(first), str(second), scenario, found, rows)
