"""What is found in the history of QuickFIX: messages, by all that they name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gateway.audit.test_quickfix_import import SESSION, as_json, audit, do, frame, line, logs

__all__ = ["logs"]

REPLACED = [
    line(4, frame("35=G|11=A2|41=A1|55=IBM|54=1|38=200|40=2|44=99.5", seq=3)),
    line(5, frame("35=8|11=A2|41=A1|37=X1|17=E2|150=5|39=0|55=IBM|54=1", out=False, seq=2)),
    line(6, frame("35=8|11=A2|37=X1|17=E3|150=F|39=2|55=IBM|54=1", out=False, seq=3)),
    line(7, frame("35=D|11=B1|55=MSFT|54=1|38=100|40=1", seq=4)),
    line(8, frame("35=8|11=B1|37=NONE|17=E4|150=8|39=8|55=MSFT|54=1", out=False, seq=4)),
    line(9, frame("35=8|11=C1|37=NONE|17=E5|150=8|39=8|55=MSFT|54=1", out=False, seq=5)),
]


def test_an_order_of_then_is_found_by_each_of_its_ids(
    logs: Path, tmp_path: Path, database_url: str
) -> None:
    path = logs / f"{SESSION}.messages.current.log"
    path.write_bytes(path.read_bytes() + b"".join(REPLACED))
    do(logs, tmp_path / "old")
    place = ("--data-dir", tmp_path / "old", "--database-url", database_url)
    for key in ("A1", "A2", "X1"):
        told = as_json("story", key, *place)
        assert told["order"] is None
        kinds = [entry["msg_type"] for entry in told["entries"]]
        assert kinds == ["D", "8", "G", "8", "8"]
    assert len(as_json("story", "B1", *place)["entries"]) == 2  # OrderID(37)=NONE is no order's
    shown = audit("story", "A1", *place).stdout
    assert shown.startswith('No order here has the id "A1": what messages say of it\n')
    assert "BROKER > " in shown.replace(SESSION, "BROKER")
    assert "US: microseconds" not in shown
    said = audit("story", "NEVER", *place)
    assert (said.exit_code, said.stdout) == (1, "")
    for asked, number in (
        (("--cl-ord-id", "A1"), 4),
        (("--order-id", "X1"), 3),
        (("--exec-id", "E3"), 1),
        (("--symbol", "IBM"), 5),
        (("--session", SESSION, "--msg-type", "8"), 5),
        (("--tag", "38=200"), 1),
    ):
        assert len(as_json("search", *asked, *place)) == number, asked


def test_an_id_that_too_many_messages_name_is_no_story(
    logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("store.naming", "gateway.audit.story"):
        monkeypatch.setattr(f"{module}.NAMED_MAX", 1)
    do(logs, tmp_path / "old")
    said = audit("story", "A1", "--data-dir", tmp_path / "old")
    assert said.exit_code == 1
    assert "more than 1 messages name it: see `fixgate audit search --cl-ord-id`" in said.stderr
