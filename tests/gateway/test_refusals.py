"""The codes of refusals, and that every refusal of the program says `CODE: key=value`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.refusal_codes import Code
from gateway.refusals import BY_BROKER, Refusal, code_in
from gateway.risk import CHECKS
from sessions.values import fix_text
from tests.gateway.bench import ACME, SIM, Bench, message

GATEWAY = Path(__file__).parents[2] / "gateway"
SAID = re.compile(r"Code\.([A-Z_]+)")
GIVEN = "<>"
"""What a value or several `key=value` made elsewhere are in the texts below."""
WORD = re.compile(r"(?:[\w()]+|<>)=\S*|<>")
TELL_ONLY = {"order_trade_ratio", "price_drift"}  # alarms, which refuse nothing


def details() -> Iterator[tuple[str, str]]:
    """Where a refusal is made with a text that stands there, and that text."""
    for path in sorted(GATEWAY.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_refusal = isinstance(node, ast.Call) and ast.unparse(node.func) == "Refusal"
            if is_refusal and len(node.args) > 1:  # type: ignore[attr-defined]  # a call
                text = written(node.args[1])  # type: ignore[attr-defined]  # likewise
                yield f"{path.name}:{node.lineno}", text  # type: ignore[attr-defined]  # likewise


def written(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(p.value if isinstance(p, ast.Constant) else GIVEN for p in node.values)
    return GIVEN


def test_every_refusal_is_a_code_with_keys_and_values() -> None:
    found = list(details())
    assert len(found) > 100
    wrong = {w: t for w, t in found if not all(WORD.fullmatch(word) for word in t.split(" "))}
    assert wrong == {}


BY_OTHERS = ("halt", "slow_down")  # a latch, or a breaker, says it


def test_every_check_refuses_by_codes_of_the_list() -> None:
    codes = set(Code.__members__)
    for check in CHECKS:
        source = (GATEWAY / "risk" / f"{check.__name__}.py").read_text(encoding="utf-8")
        said = SAID.findall(source)
        assert said or check.__name__ in (*TELL_ONLY, *BY_OTHERS), check.__name__
        assert set(said) <= codes, check.__name__


def test_every_code_is_used() -> None:
    files = [p for p in GATEWAY.rglob("*.py") if p.name != "refusal_codes.py"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    used = set(SAID.findall(text)) | set(re.findall(r'"([A-Z_]+)"', text))
    assert set(Code.__members__) - used == set()


def test_a_code_is_its_name_and_fits_into_a_fix_field() -> None:
    for code in Code:
        assert code == code.name
        assert code.meaning == fix_text(code.meaning)
    assert Refusal(Code.HALTED, "scope=firm").text == "HALTED: scope=firm"
    assert Refusal(Code.HALTED).text == "HALTED"
    assert type(Refusal(Code.HALTED).text) is str


def test_the_code_of_a_text_is_found() -> None:
    assert code_in("MAX_QUANTITY: order_qty=5 limit=4 scope=firm") == "MAX_QUANTITY"
    assert code_in("not today: really") == BY_BROKER


@pytest.mark.parametrize("by_client", [True, False])
def test_what_an_operator_asked_for_counts_as_no_refusal_of_the_client(by_client: bool) -> None:
    bench = Bench()
    [sent] = bench.order("A")
    if by_client:
        bench.client("35=F|11=C|41=A|55=IBM|54=1|60=20261121-12:00:00")
    else:
        bench.took(bench.core.cancel_order(bench.found("A"), "bob", "by hand", bench.now))
    asked = bench.found("A").pending_cancel
    assert asked is not None
    body = f"11={asked.broker_cl_ord_id}|41={sent['11']}|37=B1|39=0|434=1|102=0|58=too late"
    decision = bench.core.message(SIM, message("9", body), "", bench.now)
    assert [link for link, _ in decision.refusals] == ([ACME] if by_client else [])
