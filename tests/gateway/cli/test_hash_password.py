"""`fixgate hash-password`, typed and piped."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.passwords import matches


def piped(text: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, ["hash-password"], input=text)
    return done.exit_code, done.stdout, done.stderr


def test_one_line_of_standard_input_is_hashed() -> None:
    code, said, _ = piped("right horse\n")
    assert code == 0
    assert matches(said.strip(), "right horse")
    assert "horse" not in said


@pytest.mark.parametrize(
    ("given", "why"),
    [("", "there is no password"), ("tw\u00f6\n", "printable ASCII"), ("x" * 1025, "at most 1024")],
)
def test_what_cannot_be_sent_over_fix_is_refused(given: str, why: str) -> None:
    code, said, told = piped(given)
    assert (code, said) == (1, "")
    assert why in told


def test_on_a_terminal_it_asks_twice_and_does_not_show_it() -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "gateway.cli", "hash-password"],
        stdin=theirs,
        stderr=theirs,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        start_new_session=True,
    ) as process:
        os.close(theirs)
        shown = b""
        for _ in range(2):
            while not shown.endswith(b": "):
                shown += os.read(ours, 100)
            os.write(ours, b"right horse\n")
            shown += b"|"
        assert process.stdout is not None
        said = process.stdout.read().decode()
    os.close(ours)
    assert process.returncode == 0
    assert matches(said.strip(), "right horse")
    assert b"horse" not in shown
