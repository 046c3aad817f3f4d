"""The command line. Each command is a few lines that call the module which does the work, imported only then."""

import shutil
import sys
from typing import Any

import click

from pipelines.errors import JamlikError


class _Sentences(click.Group):
    """Ends every refusal with its one sentence and its exit code; a traceback is a defect of ours."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        """As click has it, but a wrong call is told like everything else, and an interruption too."""
        try:
            code = super().main(*arguments, **{"prog_name": "jamlik", **options, "standalone_mode": False})
        except click.exceptions.NoArgsIsHelpError as fault:
            fault.show()
            sys.exit(fault.exit_code)
        except click.ClickException as fault:
            help_page = fault.ctx.command_path if isinstance(fault, click.UsageError) and fault.ctx else "jamlik"
            reason = fault.format_message().rstrip(".")
            click.echo(
                f"jamlik: {reason[:1].upper()}{reason[1:]}; `{help_page} --help` says what can be written.", err=True
            )
            sys.exit(2)
        except click.Abort:
            click.echo(
                "jamlik: Interrupted; the latest release is untouched, and the next run goes on from here.", err=True
            )
            sys.exit(1)
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except JamlikError as fault:
            click.echo(f"jamlik: {fault}", err=True)
            ctx.exit(fault.exit_code)
        except BrokenPipeError:
            ctx.exit(0)
        except RuntimeError as fault:
            if str(fault) != "Query interrupted":  # DuckDB hears Ctrl-C in a query of its own accord
                raise
            raise click.Abort from fault


@click.group(cls=_Sentences, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="jamlik", prog_name="jamlik")
def main() -> None:
    """Health-equity indicators for Swedish municipalities.

    \b
    jamlik run                      make everything and publish a release
    jamlik sql "from area limit 3"  ask the latest release

    What a run writes lies under JAMLIK_DATA (default: data). Exit codes: 0 done, 1 data refused or a
    check failed, 2 wrong call.
    """


@main.command()
@click.option(
    "--only",
    metavar="SELECTION",
    help="A part of the graph: core.area, +core.area (with what it needs), core.area+ (with what rests on it).",
)
@click.option(
    "--live",
    is_flag=True,
    help="First ask the live services for what is newer; what does not answer is left as it was.",
)
@click.option("--no-synthetic", is_flag=True, help="Leave out what is made up where a real delivery is lacking.")
@click.option(
    "--no-restricted",
    is_flag=True,
    help="Leave out the tables whose terms are unclear or forbid commercial use (data/restricted/).",
)
def run(only: str | None, live: bool, no_synthetic: bool, no_restricted: bool) -> None:
    """Make every table from the landed figures and publish a release."""
    from assets import all_tables
    from pipelines import settings
    from pipelines.orchestration.display import fetched, watched

    if no_synthetic:
        settings.leave_out_synthetic()
    if no_restricted:
        settings.leave_out_restricted()

    if live:
        fetched((), brief=True)
    exit_code = watched(all_tables(), only, _job)
    if exit_code:
        raise SystemExit(exit_code)


@main.command()
@click.argument("source", nargs=-1)
def fetch(source: tuple[str, ...]) -> None:
    """Fill the raw archive and the landing from the live services, or from those SOURCEs (services or tables) only."""
    from pipelines.orchestration.display import fetched

    exit_code = fetched(source)
    if exit_code:
        raise SystemExit(exit_code)


@main.command()
@click.argument("statement")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json"]),
    help="Default: a table in a terminal, csv in a pipe.",
)
def sql(statement: str, form: str | None) -> None:
    """Ask the latest release a question in SQL; it is opened read-only.

    \b
    Example: jamlik sql "select indicator_id, title_sv from indicator where recommendation = 3"
    """
    from pipelines.formats.printed import printed
    from pipelines.published.reader import streamed

    with streamed(statement) as (columns, batches):
        printed(columns, batches, form)


@main.command()
@click.argument("word", nargs=-1, required=True)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json"]),
    help="Default: a table in a terminal, csv in a pipe.",
)
def find(word: tuple[str, ...], form: str | None) -> None:
    """The indicators that hold every WORD in their id, title or synonyms, Swedish or English; å is found by a too.

    \b
    Example: jamlik find NEET
    """
    from pipelines.formats.printed import printed
    from pipelines.published import find as finding

    columns, rows = finding.find(word)
    printed(columns, [rows], form)


@main.command()
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("-o", "--out", type=click.Path(dir_okay=False), help="Write here, csv or parquet by the ending.")
@click.option("--language", help="For a file in several languages: which one, such as sv or en.")
def read(file: str, out: str | None, language: str | None) -> None:
    """Read any .px, json-stat, PX-JSON, PxWeb csv or xlsx file into one tidy table, one row a cell."""
    from pipelines.formats import read as reading
    from pipelines.formats.printed import printed

    reading.without_pandas()
    result = reading.read(file, out, language)
    click.echo(result.summary(), err=True)
    if out is None:
        printed(result.table.schema.names, result.batches(), None, "`-o OUT`")


@main.command()
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("-o", "--out", type=click.Path(dir_okay=False), help="Write here, csv or parquet by the ending.")
@click.option("--measures", "chosen", metavar="d,r,sii,…", help="Only these measures.")
@click.option(
    "--level", type=click.Choice(["95", "99.8"]), default="95", show_default=True, help="Of the intervals, %."
)
def measures(file: str, out: str | None, chosen: str | None, level: str) -> None:
    """Every inequality measure that applies to FILE, in WHO HEAT's upload template (csv, xlsx, xlsm, parquet)."""
    from pipelines.statistics.measures import as_text, measures_of_file

    wanted = chosen.split(",") if chosen else None
    table = measures_of_file(file, out, wanted, level=level, tell=lambda line: click.echo(line, err=True))
    if out is None:
        click.echo(as_text(table, shutil.get_terminal_size().columns if sys.stdout.isatty() else None))


@main.command()
@click.argument("panel", type=click.Path(dir_okay=False))
@click.option("-o", "--out", type=click.Path(dir_okay=False), help="Write here, csv or parquet by the ending.")
def effects(panel: str, out: str | None) -> None:
    """What became of treated units in PANEL (csv, xlsx, xlsm, parquet), and how sure that is; docs/effects.md.

    \b
    Columns: unit, period, value, treated_from (empty: never), and where known population, cluster
    """
    from pipelines.statistics.effects.command import as_text, effects_of_file

    table = effects_of_file(panel, out, tell=lambda line: click.echo(line, err=True))
    if table is not None:
        click.echo(as_text(table, shutil.get_terminal_size().columns if sys.stdout.isatty() else None), nl=False)


@main.command("export-heat")
@click.option(
    "-o",
    "--out",
    default="jamlik-heat.csv",
    show_default=True,
    type=click.Path(dir_okay=False),
    help="csv, parquet or xlsx by the ending.",
)
def export_heat(out: str) -> None:
    """Write the latest release in WHO HEAT's upload template, so that WHO's tools can read it."""
    from pipelines.statistics.heat import export_release

    rows = export_release(out)
    click.echo(f"{rows:,} rows written to {out}", err=True)


@main.command()
@click.argument("place", required=False)
@click.option("--full", is_flag=True, help="Every indicator and every gap, not only the headlines.")
@click.option("--pdf", metavar="OUT", help="Write two A4 pages to this file; with --all, a file each into this folder.")
@click.option("--png", metavar="OUT", help="The same as a picture.")
@click.option("--all", "everywhere", is_flag=True, help="Every municipality, with --pdf or --png.")
def profile(place: str | None, full: bool, pdf: str | None, png: str | None, everywhere: bool) -> None:
    """A place on one screen, or on paper, in Swedish.

    \b
    PLACE is an SCB code or a name: Motala, 0583, Östergötlands län, Riket.
    Example: jamlik profile --all --pdf profiles
    """
    from pipelines.profile import command

    command.run(place, full, pdf, png, everywhere)


@main.command()
def intake() -> None:
    """Check the forms in the inbox (docs/intake.md): how many rows hold, which do not and why."""
    from pipelines.inbox.forms import account

    for line in account():
        click.echo(line)


@main.command()
@click.argument("release", required=False)
@click.option(
    "--reset", metavar="BOOK", help="Begin a ledger anew: deliveries or synthetic; the old one is kept beside."
)
@click.option("--reason", help="Why, in writing; goes into the new ledger.")
def audit(release: str | None, reset: str | None, reason: str | None) -> None:
    """Attack RELEASE (default the latest) as an intruder would; exit code 1 if any protected count can be had.

    He has every figure of it and of earlier releases; the counts in the warehouse are what his findings are held
    against.
    """
    from pipelines.disclosure import audit as auditing

    if reset or reason:
        from pipelines.disclosure import later

        click.echo(later.reset(reset, reason))
        return
    lines, withstood = auditing.audit(release)
    for line in lines:
        click.echo(line)
    if not withstood:
        raise SystemExit(1)


@main.command()
@click.argument("file", type=click.Path())
def inbox(file: str) -> None:
    """Draft the mapping of FILE, an ordered delivery (csv, xlsx, px, parquet), or read it by the one beside it."""
    from pathlib import Path

    from pipelines.inbox.draft import drafted

    for line in drafted(Path(file)):
        click.echo(line)


@main.command()
def tables() -> None:
    """List the tables of the graph, by layer, with what each is."""
    from pipelines.formats.printed import printed
    from pipelines.warehouse.models import read_models
    from schemas.registry import CONTRACTS, model_contract

    names = sorted({*CONTRACTS, *read_models()})
    rows = [(name, contract.comment) for name in names if (contract := model_contract(name)) is not None]
    printed(["table", "what it is"], [rows], None)


def _job() -> Any:
    """Dagster's job over the whole graph."""
    from pipelines.definitions import JOB, defs

    return defs.resolve_job_def(JOB)


if __name__ == "__main__":
    main()
