"""python -m eros.cli is the `eros` command."""

from eros.cli import main

main()
