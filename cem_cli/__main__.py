"""`python -m cem_cli`: the same as `cem`."""

from cem_cli.cli.main import main

main()
