"""The verb that measures this machine: bench."""

from typing import TYPE_CHECKING, Annotated

import typer

from stance.cli.options import AsJson, Quiet
from stance.cli.running import one_line_errors, say, show_json

if TYPE_CHECKING:
    from stance.benching import Pace


@one_line_errors
def bench(
    seconds: Annotated[float, typer.Option("--seconds", min=0.1, max=600.0, help="Of each stage.")] = 4.0,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Measure what this machine does, stage by stage, on pages that are made up and everywhere the same."""
    from stance.benching import Bench, bench_record, bench_table, environment, peak_megabytes, run_bench

    paces: list[Pace] = []
    for pace in run_bench(seconds):
        paces.append(pace)
        if not quiet:
            say(f"{pace.stage}: {pace.seconds:,.1f} s")
    found = Bench(tuple(paces), environment(), peak_megabytes())
    if as_json:
        show_json(bench_record(found))
    else:
        print(bench_table(found))
