"""`fixgate decode`: names, labels, groups and verdicts, for people and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from gateway.cli import main
from tests.fix import fix

ORDER = fix(
    "8=FIX.4.4|35=D|49=ACME|56=FIXGATE|34=2|52=20261120-10:11:12|11=C1|"
    "453=2|448=X|447=D|452=1|448=Y|447=D|452=3|55=AAPL|54=1|60=20261120-10:11:12|"
    "38=100|40=2|44=187.50|"
)
REPORT = fix(
    "8=FIX.4.2|35=8|49=FIXGATE|56=ACME|34=3|52=20261120-10:11:12|37=A-1|17=E-1|20=0|150=2|39=2|"
    "55=AAPL|54=1|151=0|14=100|6=187.5|"
)


def decode(data: bytes, *options: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, ["decode", *options], input=data)
    assert result.exit_code == code, result.output
    return result


def test_a_message_becomes_a_table_with_names_and_labels() -> None:
    lines = decode(ORDER).output.splitlines()
    assert lines[0] == "line 1: FIX.4.4 NewOrderSingle(D) ACME->FIXGATE MsgSeqNum(34)=2"
    (side,) = [line.split() for line in lines if line.split()[0] == "54"]
    assert side == ["54", "Side", "1", "BUY"]


def test_group_fields_are_indented() -> None:
    lines = decode(ORDER).output.splitlines()
    count = next(line for line in lines if "NoPartyIDs" in line)
    first = next(line for line in lines if "PartyID " in line)
    assert first.index("PartyID") == count.index("NoPartyIDs") + 2
    assert sum("PartyRole" in line for line in lines) == 2


def test_the_verdict_stands_below() -> None:
    length = int(ORDER.split(b"\x01")[1].removeprefix(b"9="))
    total = ORDER[-4:-1].decode()
    last = decode(ORDER).output.splitlines()[-1]
    assert last == f"BodyLength(9) {length} is right; CheckSum(10) {total} is right"
    last = decode(ORDER.replace(b"11=C1", b"11=C23")).output.splitlines()[-1]
    assert f"BodyLength(9) {length} is wrong, true is {length + 1}" in last
    assert f"CheckSum(10) {total} is wrong" in last


def test_each_message_is_named_by_its_own_version() -> None:
    logon = fix("8=FIXT.1.1|35=A|49=A|56=B|34=1|52=20261120-10:11:12|98=0|108=30|1137=9|")
    news = fix("8=FIX.4.2|35=8|20=3|")
    output = decode(ORDER + REPORT + logon + news).output
    assert "FIX.4.2 ExecutionReport(8) FIXGATE->ACME MsgSeqNum(34)=3" in output
    assert "FIXT.1.1 Logon(A)" in output
    assert "DefaultApplVerID" in output
    assert any(
        line.split() == ["20", "ExecTransType", "3", "STATUS"] for line in output.splitlines()
    )


def test_logs_are_read_from_a_file(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    log.write_bytes(b"10:11:12 <ACME, incoming> " + ORDER.replace(b"\x01", b"|") + b"\nend\n")
    assert "NewOrderSingle" in decode(b"", str(log)).output


def test_json_has_every_field_with_its_depth() -> None:
    (message,) = json.loads(decode(b"in: " + ORDER, "--json").output)
    assert (message["name"], message["msg_type"]) == ("NewOrderSingle", "D")
    assert (message["prefix"], message["good"]) == ("in:", True)
    fields = [tuple(field.values()) for field in message["fields"]]
    assert (1, "448", "PartyID", "X", "") in fields
    assert (0, "54", "Side", "1", "BUY") in fields


def test_an_unknown_tag_and_type_are_shown_as_such() -> None:
    output = decode(fix("8=FIX.4.4|35=zz|34=1|9999=x|")).output
    assert "unknown message(zz)" in output
    assert any("9999" in line and "(not in the dictionary)" in line for line in output.splitlines())


def test_passwords_are_not_shown() -> None:
    logon = fix(
        "8=FIXT.1.1|35=A|49=ACME|56=FIXGATE|34=1|52=20261120-10:11:12|98=0|108=30|1137=9|"
        "553=joe|554=s3cret|925=n3wer|95=3|96=r\x01w|1401=4|1402=cr1p|"
    )
    for data in (logon, logon[:-20], b"8=FIX.4.4|9=1|35=A|554=s3cret|"):
        for options in ((), ("--json",)):
            said = decode(data, *options).output
            assert not any(word in said for word in ("s3cret", "n3wer", "cr1p")), said
    verdict = decode(logon).output.splitlines()[-1]
    assert verdict.count("right") == 2, "it is of what was sent"


def test_what_can_not_be_read_is_shown_raw() -> None:
    output = decode(b"8=FIX.4.4|9=5|35=0|garbage|10=000|").output
    assert "line 1: not readable: " in output
    assert "8=FIX.4.4|9=5|35=0|garbage|10=000|" in output
    (message,) = json.loads(decode(b"8=FIX.4.4|9=5|35=0|garbage|10=000|", "--json").output)
    assert "garbled" in message


def test_a_cut_message_is_told() -> None:
    output = decode(b"8=FIX.4.4|9=5|35=0|34=2\n").output
    assert output.splitlines()[-1] == "cut: no CheckSum(10) at the end"


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert "\x1b" not in decode(fix("8=FIX.4.4|35=B|34=1|58=\x1b[2J|")).output


def test_a_users_dictionary_names_his_own_fields(tmp_path: Path) -> None:
    xml = tmp_path / "mine.xml"
    xml.write_text(
        '<fix type="FIX" major="4" minor="4" servicepack="0">'
        '<header><field name="BeginString" required="Y"/></header>'
        '<messages><message name="Secret" msgtype="zz" msgcat="app">'
        '<field name="MyTag" required="N"/></message></messages>'
        '<trailer><field name="CheckSum" required="Y"/></trailer><components/>'
        '<fields><field number="8" name="BeginString" type="STRING"/>'
        '<field number="10" name="CheckSum" type="STRING"/>'
        '<field number="9999" name="MyTag" type="CHAR"><value enum="x" description="MINE"/></field>'
        "</fields></fix>"
    )
    output = decode(fix("8=FIX.4.4|35=zz|9999=x|"), "--dictionary", str(xml)).output
    assert "Secret(zz)" in output
    assert any(line.split() == ["9999", "MyTag", "x", "MINE"] for line in output.splitlines())


def test_a_bad_dictionary_is_bad_usage(tmp_path: Path) -> None:
    xml = tmp_path / "bad.xml"
    xml.write_text("<fix>")
    result = decode(ORDER, "--dictionary", str(xml), code=2)
    assert f"{xml}:1: " in result.stderr


def test_no_message_is_a_failure() -> None:
    result = decode(b"nothing", code=1)
    assert result.stderr == '<stdin>: no FIX message in it: nothing begins with "8=FIX"\n'


def test_a_missing_file_is_bad_usage() -> None:
    decode(b"", "/no/such/file", code=2)
