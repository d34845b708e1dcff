"""`python -m gateway.cli` is the `fixgate` command."""

from gateway.cli import main

if __name__ == "__main__":
    main(prog_name="fixgate")
