"""Beginnings: `init`, `demo`, `synth`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cem_cli.cli.common import Session
from cem_cli.reports.result import Result

init_app = typer.Typer(add_completion=False)
demo_app = typer.Typer(add_completion=False)
synth_app = typer.Typer(add_completion=False)


@init_app.command()
def init(folder: Annotated[Path, typer.Argument(help="Folder of the new project.")] = Path()) -> Result:
    """Start a project with commented configuration.

    Examples:
      cem init my-shop
      cem init   # here
    """
    from cem_cli.config.scaffold import scaffold

    written = scaffold(folder)
    return Result(
        data={"folder": folder, "files": written},
        show=[f"a project in {folder}: {', '.join(path.name for path in written)}",
              "next: put exports into data/, then: cem inspect data/FILE --write sources/NAME.yaml"],
    )


@demo_app.command()
def demo(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Folder for the demo project.")] = Path("cem-demo"),
) -> Result:
    """Run everything on the bundled sample company.

    Examples:
      cem demo
      cem demo another-folder --json
    """
    from cem_cli.cli.whole import run_project
    from cem_cli.config.scaffold import install_demo

    install_demo(folder)
    session = Session.of(ctx)
    session.options["project"] = folder
    result = run_project(session)
    hints = f"look around:  cd {folder} && cem status", '              cem find "rossi milano"    cem insight list'
    result.show = [*result.show, "", *hints]
    return result


@synth_app.command()
def synth(
    folder: Annotated[Path, typer.Argument(help="Folder to write to.")],
    people: Annotated[int, typer.Option("--people", "-n", help="People in the population.", min=10)] = 2000,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same bytes.", min=0)] = 1,
    flat: Annotated[bool, typer.Option("--flat", help="One people.csv and its truth, for linkage benchmarks.")] = False,
    records: Annotated[int | None, typer.Option("--records", help="With --flat: records instead of people.", min=10)] = None,
    households: Annotated[float, typer.Option("--households", help="With --flat: share of people in households.", min=0, max=1)] = 0.2,
) -> Result:
    """Generate the sample company's exports with their truth.

    Examples:
      cem synth company --people 5000 --seed 7
      cem synth flat --flat --records 10000 --households 0.6
    """
    if flat:
        from cem_cli.synth.flat import write_flat

        summary: object = write_flat(folder, people=people, seed=seed, households=households, records=records)
    else:
        from cem_cli.synth.company import write_company

        summary = write_company(folder, people=people, seed=seed)
    return Result(data={"folder": folder, "summary": summary}, show=[str(summary)])
