"""Tables on a terminal: what is too wide goes on in a further line, and nothing is cut."""

from __future__ import annotations

import sys

import click
import pytest

from gateway.cli.output import print_table

HEAD = ("ORDER", "STATUS", "PEER", "CLORDID", "TEXT")
ROWS = [
    ("A-20261120-000001", "filled", "", "4e7c1ab0-7b5e-4d6e-9a0e-3f1f8f1c2d3e", ""),
    ("A-20261120-000002", "new", "", "SHORT", "wait-and-see for 200 at 10.25 or better"),
]


def printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int
) -> list[str]:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(width))
    print_table(HEAD, ROWS, "nothing")
    return click.unstyle(capsys.readouterr().out).splitlines()


def test_a_narrow_terminal_gets_further_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert printed(capsys, monkeypatch, 46) == [
        "ORDER              STATUS",
        "    CLORDID",
        "    TEXT",
        "A-20261120-000001  filled",
        "    4e7c1ab0-7b5e-4d6e-9a0e-3f1f8f1c2d3e",
        "A-20261120-000002  new",
        "    SHORT",
        "    wait-and-see for 200 at 10.25 or better",
    ]


def test_a_long_text_is_broken_between_words_and_an_id_never(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = printed(capsys, monkeypatch, 30)
    assert "    4e7c1ab0-7b5e-4d6e-9a0e-3f1f8f1c2d3e" in lines
    assert lines[-2:] == ["    wait-and-see for 200 at", "    10.25 or better"]


def test_a_wide_terminal_gets_one_line_a_row_with_every_column(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = printed(capsys, monkeypatch, 200)
    assert len(lines) == 3
    assert lines[0].split() == list(HEAD)
    assert lines[2].endswith("or better")


def test_an_empty_table_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(HEAD, [], "no such orders")
    assert capsys.readouterr().out == "no such orders\n"


def test_what_a_counterparty_wrote_cannot_steer_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_table(("TEXT",), [("\x1b[2Jgone",)], "")
    assert capsys.readouterr().out == "TEXT\n\N{REPLACEMENT CHARACTER}[2Jgone\n"
