"""Limits as operators see, set and override them: the real desk and core behind a real socket."""

from __future__ import annotations

import asyncio
import getpass
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from time import time_ns
from typing import Any, cast

import httpx
import pytest
from click.testing import CliRunner
from pydantic import ValidationError

from gateway.approval_desk import ApprovalDesk
from gateway.build import limit_table
from gateway.cli import main
from gateway.config.process import ControlSettings
from gateway.control.api import build_app
from gateway.control.desk import Desk
from gateway.control.errors import DeskError
from gateway.control.limit_models import OverrideLimit, PermitOrder, SetLimit
from gateway.control.peer import introduced
from gateway.override_desk import OverrideDesk
from gateway.prepared import NO_REFERENCE
from gateway.recovery import recover
from gateway.reload.open_orders import beyond_limits, limits_said
from gateway.risk_desk import RiskDesk
from store.journal import SEGMENT_BYTES_MIN, Journal
from tests.gateway.bench import SECOND
from tests.gateway.config_files import ACME, ROUTE, SIM, load, with_reference_data
from tests.gateway.control.running import served, short_folder
from tests.gateway.links import Gate

ME = getpass.getuser()
ROOT, DAEMON = 0, 1  # user ids that every system has
TWO = "ann, approved by bob"
MOST = ("firm", "max_quantity")
LIMITS = """\
[risk]
capital = 1_000_000

[[risk.limits]]
owner = "desk head"
reason = "board of May"
instrument_known = "off"
max_quantity = 100
min_quantity = 10
max_notional = 50_000
price_collar_pct = "off"
max_open_orders = 5
max_open_notional = "off"
max_gross_notional = "off"
max_credit = "off"
max_daily_loss = "off"
order_rate_per_s = "off"
duplicate_window_s = "off"
duplicate_max = "off"

[[risk.limits]]
scope = "account:*"
max_concentration_pct = 50
"""


class Place(OverrideDesk, RiskDesk, ApprovalDesk):
    """A desk on an engine in memory, with the limits of a file."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        text = f'[[listeners]]\nport = 5001\n{ACME}accounts = ["ACC"]\n{SIM}\n{ROUTE}{LIMITS}'
        self._config = load(with_reference_data(folder), text)
        self._config_ns = 1_795_262_400_000_000_000
        self.gate = Gate(folder / "journal")
        self.bench = self.gate.bench
        self._engine = self.gate.engine
        for client in self.bench.core.setup.clients.values():
            client.accounts = frozenset({"ACC"})
        self.use(self._config)

    async def flush(self) -> None:  # of the whole desk
        await self._engine.committer.flush()

    def use(self, config: Any) -> None:
        table = limit_table(config, NO_REFERENCE)
        self._config = config
        self.bench.core.setup.limits = self.bench.limits = table
        self.bench.core.state.use_limits(table)

    def order(self, cl_ord_id: str, **changes: str) -> str:
        """Enter one; the code of its refusal."""
        self.bench.now = time_ns()
        [sent] = self.bench.order(cl_ord_id, **changes)
        return sent.get("58", "").partition(":")[0]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def data_dir(place: Place) -> Iterator[Path]:
    with short_folder() as folder, served(cast(Desk, place), folder / "control.sock"):
        yield folder


def fixgate(data_dir: Path, *arguments: object, code: int = 0) -> str:
    asked = ["limits", *map(str, arguments), "--data-dir", str(data_dir)]
    result = CliRunner().invoke(main, asked)
    assert result.exit_code == code, result.output
    lines = result.output.splitlines(keepends=True)
    return "".join(line for line in lines if "] operator " not in line)  # the gateway's own log


def test_limits_are_listed_with_who_answers_for_them_and_what_is_used(
    place: Place, data_dir: Path
) -> None:
    assert place.order("A") == ""
    rows = [line.split() for line in fixgate(data_dir, "list").splitlines()]
    assert rows[2][:4] == ["firm", "max_quantity", "100", "configuration"]
    told = json.loads(fixgate(data_dir, "show", "firm", "max_open_orders", "--json"))
    assert (told["value"], told["used"], told["left"]) == ("5", "1", "4")
    assert (told["owner"], told["why"]) == ("desk head", "board of May")
    assert told["source"] == "configured"
    assert told["since_ns"] == 1_795_262_400_000_000_000
    told = json.loads(fixgate(data_dir, "show", "account:*", "max_concentration_pct", "--json"))
    assert (told["used"], told["used_by"], told["left"]) == ("1", "account:ACC", "49")
    assert "is not set" in fixgate(data_dir, "show", "firm", "max_long", code=1)


def test_all_that_is_in_force_for_a_scope_is_shown_with_who_sets_it(
    place: Place, data_dir: Path
) -> None:
    assert place.order("A") == ""
    fixgate(data_dir, "set", "account:ACC", "max_quantity", 50, "--reason", "x")
    fixgate(data_dir, "set", "account:ACC", "min_quantity", 5, "--reason", "x")
    fixgate(data_dir, "set", "account:*", "max_open_orders", 3, "--reason", "x")
    told = json.loads(fixgate(data_dir, "show", "account:ACC", "--json"))
    rows = [(v["limit"], v["scope"], v["value"], v["source"], v["used"]) for v in told]
    assert ("max_quantity", "account:ACC", "50", "set", "") in rows
    assert ("min_quantity", "firm", "10", "configured", "") in rows  # the tighter one
    assert ("max_notional", "firm", "50000", "configured", "") in rows
    assert ("max_credit", "firm", "off", "configured", "") in rows
    assert [row for row in rows if row[0] == "max_open_orders"] == [
        ("max_open_orders", "account:*", "3", "set", "1"),
        ("max_open_orders", "firm", "5", "configured", "1"),
    ]
    assert len([row for row in rows if row[0] == "max_quantity"]) == 1
    assert "account:ACC" in fixgate(data_dir, "show", "account:ACC")
    assert '"acount:ACC" must be' in fixgate(data_dir, "show", "acount:ACC", code=1)


def test_who_disables_a_limit_is_told_which_holds_all_the_same(
    place: Place, data_dir: Path
) -> None:
    told = fixgate(data_dir, "disable", "client:ACME", "max_quantity", "--reason", "x")
    assert "note: max_quantity of firm holds all the same: 100" in told
    assert place.order("A", tag38="200") == "MAX_QUANTITY"
    assert "holds all" not in fixgate(data_dir, "disable", "firm", "max_quantity", "--reason", "x")


def test_a_limit_is_set_disabled_and_brought_back_with_its_history(
    place: Place, data_dir: Path
) -> None:
    assert place.order("A") == ""
    assert place.order("B") == ""
    said = ("--reason", "results tonight", "--owner", "risk")
    output = fixgate(data_dir, "set", "firm", "max_open_orders", "1", *said)
    assert "note: firm has 2 in use, beyond 1: it stays, and more is refused" in output
    assert place.order("C") == "MAX_OPEN_ORDERS"
    fixgate(data_dir, "disable", "firm", "max_open_orders", "--reason", "a test")
    assert place.order("D") == ""
    output = fixgate(data_dir, "unset", "firm", "max_open_orders", "--reason", "all calm")
    assert "configured" in output
    told = json.loads(fixgate(data_dir, "history", "--limit", "max_open_orders", "--json"))
    assert [(t["what"], t["old"], t["new"], t["who"], t["why"]) for t in told] == [
        ("withdrawn", "off", "5", ME, "all calm"),
        ("disabled", "1", "off", ME, "a test"),
        ("set", "5", "1", ME, "results tonight"),
    ]
    assert told[2]["owner"] == "risk"
    assert "results tonight" in fixgate(data_dir, "history")
    assert fixgate(data_dir, "history", "--scope", "client:ACME") == "nothing was said of limits\n"


def test_a_limit_may_hold_for_a_time(place: Place, data_dir: Path) -> None:
    arguments = ("firm", "max_notional", "9000", "USD", "--for", "2h", "--reason", "a fair")
    told = json.loads(fixgate(data_dir, "set", *arguments, "--json"))
    assert (told["value"], told["currency"], told["configured"]) == ("9000", "USD", "50000")
    assert 7100 * SECOND < told["expires_ns"] - time_ns() < 7200 * SECOND
    assert place.order("A") == "MAX_NOTIONAL"
    ask = {"client": "ACME", "symbol": "IBM", "side": "buy", "quantity": "10", "price": "9"}
    view = said(call(place, ROOT, "POST", "/risk/what-if", ask), 200)
    assert ("max_notional", f"set by {ME}") in {(u["limit"], u["source"]) for u in view["uses"]}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("firm max_quantty 5", 'there is no limit "max_quantty", did you mean "max_quantity"?'),
        ("firm max_quantity=5 5", 'there is no limit "max_quantity=5", did you mean'),
        ("firm max_quantity -5", 'max_quantity must be a number above 0, or "off"'),
        ("firm max_quantity nan", 'max_quantity must be a number above 0, or "off"'),
        ("firm max_quantity 0", 'max_quantity must be a number above 0, or "off"'),
        ("firm max_quantity 1e99", "max_quantity must be a number of at most 30 digits"),
        ("firm max_open_orders 1.5", "max_open_orders must be a whole number above 0"),
        ("firm check_hours 5", 'check_hours must be "on" or "off"'),
        ("firm max_notional 5", "max_notional is money: say its currency, USD"),
        ("firm max_notional 5 EUR", "limits are in USD, the currency of [risk], not in EUR"),
        ("firm max_quantity 5 USD", "max_quantity is no money, and has no currency"),
        ("firm max_quantity 9", "firm: min_quantity must be at most max_quantity, which is 9"),
        ("desk:A max_quantity 5", 'scope "desk:A" must be "firm", or "KIND:NAME"'),
        ("client:NONE max_quantity 5", 'there is no client "NONE"; there are: ACME'),
        ("account:NONE max_quantity 5", 'there is no account "NONE"; there are: ACC'),
        ("symbol:XYZ max_quantity 5", 'there is no symbol "XYZ" in the reference data'),
        ("account:ACC cancel_rate_per_s 5", "cancel_rate_per_s is a limit of sessions"),
        ("firm max_quantity 50 late", "it would end before it begins"),
    ],
)
def test_a_mistake_is_one_clear_error_and_changes_nothing(
    place: Place, arguments: str, told: str
) -> None:
    before = place.bench.limits.of("ACME", "ACC", "IBM").values.copy()
    scope, limit, value, *more = arguments.split()
    currency = more[0] if more and more[0] != "late" else ""
    expires_ns = 1 if "late" in more else 0
    ask = SetLimit(
        scope=scope,
        limit=limit,
        value=value,
        currency=currency,
        expires_ns=expires_ns,
        reason="a slip",
    )
    with pytest.raises(DeskError) as refused:
        asyncio.run(place.set_limit(ask, who="ann"))
    assert told in refused.value.text
    assert (refused.value.status, "\n" in refused.value.text) == (422, False)
    assert place.bench.limits.of("ACME", "ACC", "IBM").values == before
    assert place.bench.core.state.limit_changes.history == []


def test_a_mistake_is_told_by_the_command(data_dir: Path) -> None:
    output = fixgate(data_dir, "set", "firm", "max_notional", "5", "--reason", "x", code=1)
    told = "max_notional is money: say its currency, USD; what holds stays in force\n"
    assert output == told
    output = fixgate(data_dir, "set", "firm", "max_notion", "5", "--reason", "x", code=1)
    assert output == (
        'there is no limit "max_notion", did you mean "max_notional"? What holds stays in force\n'
    )
    output = fixgate(data_dir, "set", "client:X", "max_quantity", "5", "--reason", "x", code=1)
    assert output == 'there is no client "X"; there are: ACME; what holds stays in force\n'
    arguments = ("set", "--reason", "x", "--for", "2 hours", "firm", "max_quantity", "5")
    assert 'write "90m"' in fixgate(data_dir, *arguments, code=2)
    arguments = ("set", "--reason", "x", "firm", "max_quantity", "5")
    late = ("--for", "9999999d")
    assert "'9999999d' is more than 36500 days" in fixgate(data_dir, *arguments, *late, code=2)
    late = ("--until", "2300-01-01")
    assert "is no time from 1970 to 2261" in fixgate(data_dir, *arguments, *late, code=2)


def test_what_was_not_set_cannot_be_unset(data_dir: Path) -> None:
    output = fixgate(data_dir, "unset", "firm", "max_quantity", "--reason", "x", code=1)
    assert "max_quantity of firm is as configured" in output


def test_a_limit_that_would_contradict_the_file_is_not_unset(place: Place, data_dir: Path) -> None:
    fixgate(data_dir, "set", "firm", "max_quantity", "500", "--reason", "x")
    fixgate(data_dir, "set", "firm", "min_quantity", "200", "--reason", "x")
    output = fixgate(data_dir, "unset", "firm", "max_quantity", "--reason", "x", code=1)
    assert "min_quantity must be at most max_quantity, which is 100" in output


def test_a_limit_of_a_day_says_from_when_it_counts(place: Place, data_dir: Path) -> None:
    arguments = ("client:ACME", "max_gross_notional", "90000", "USD", "--reason", "x")
    assert "client:ACME did on this day before was not counted" in fixgate(
        data_dir, "set", *arguments
    )


def test_what_was_set_and_overridden_survives_a_restart(place: Place, tmp_path: Path) -> None:
    ask = SetLimit(scope="firm", limit="max_quantity", value="50", reason="x")
    asyncio.run(place.set_limit(ask, who="ann"))
    until = time_ns() + 60 * SECOND
    permit = PermitOrder(
        client="ACME", quantity=Decimal(500), cl_ord_id="B", expires_ns=until, reason="x"
    )
    asyncio.run(place.permit_order(permit, who=TWO))
    raised = OverrideLimit(
        scope="firm", limit="max_open_orders", value="9", expires_ns=until, reason="x"
    )
    asyncio.run(place.override_limit(raised, who=TWO))
    held = place.bench.core.state.limit_changes
    place.gate.journal.close()
    journal = Journal(tmp_path / "journal", segment_bytes=SEGMENT_BYTES_MIN)
    table = limit_table(place._config, NO_REFERENCE)
    again = recover(journal, table, 10).limit_changes
    journal.close()
    assert again.in_force == held.in_force == {MOST: "50", ("firm", "max_open_orders"): "9"}
    assert (again.number, list(again.permits), again.due_ns) == (2, [1], until)
    assert table.of("ACME", "ACC", "IBM").values["max_quantity"] == 50
    assert [one.event for one in again.history] == [one.event for one in held.history]


# --- reload ---------------------------------------------------------------------------------------


def test_what_was_set_stays_at_a_reload_which_says_so(place: Place, tmp_path: Path) -> None:
    ask = {"scope": "firm", "limit": "max_open_orders", "value": "1", "reason": "x"}
    said(call(place, ROOT, "POST", "/limits/set", ask), 200)
    place.order("A")
    place.order("B")
    other = (
        (tmp_path / "fixgate.toml")
        .read_text()
        .replace("max_open_orders = 5", "max_open_orders = 9")
    )
    config = load(tmp_path, other)
    state = place.bench.core.state
    assert list(limits_said(config, state, NO_REFERENCE)) == [
        "max_open_orders of firm stays 1, as root has set it:"
        " `fixgate limits unset firm max_open_orders` brings back what the file says"
    ]
    place.order("C")
    assert list(beyond_limits(config, state, NO_REFERENCE)) == []
    place.use(config)
    assert place.order("D") == "MAX_OPEN_ORDERS"
    said(call(place, ROOT, "POST", "/limits/unset", ask | {"value": "1"}), 422)
    key = {"scope": "firm", "limit": "max_open_orders", "reason": "x"}
    [view] = said(call(place, ROOT, "POST", "/limits/unset", key), 200)
    assert (view["value"], view["source"]) == ("9", "configured")
    assert list(limits_said(config, state, NO_REFERENCE)) == []


# --- overrides ------------------------------------------------------------------------------------


def call(place: Place, uid: int, method: str, path: str, body: object = None) -> httpx.Response:
    """A request of an operating-system user."""

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(introduced(build_app(cast(Desk, place)), uid))
        async with httpx.AsyncClient(transport=transport, base_url="http://fixgate") as http:
            return await http.request(method, path, json=body)

    return asyncio.run(asked())


def said(response: httpx.Response, status: int | None) -> Any:
    """Its body; status None: any that says no."""
    refused = response.status_code >= 400
    assert refused if status is None else response.status_code == status, response.text
    return response.json()


def override(place: Place, path: str, body: dict[str, object], status: int = 200) -> Any:
    """Ask for it, and have somebody else approve."""
    body = {"reason": "a block trade", "expires_ns": time_ns() + 60 * SECOND} | body
    key = said(call(place, ROOT, "POST", f"/limits/{path}", body), 202)["key"]
    done = said(call(place, DAEMON, "POST", f"/approvals/{key}/approve", {}), status)
    return done["answer"] if status == 200 else done


def test_an_override_is_asked_for_by_one_and_approved_by_another(
    place: Place, data_dir: Path
) -> None:
    output = fixgate(
        *(data_dir, "override", "firm", "max_quantity", "500", "--for", "1h", "--reason", "block"),
        code=4,
    )
    assert "P-1" in output
    assert place.order("A", tag38="500") == "MAX_QUANTITY"
    own = call(place, ROOT, "POST", "/approvals/P-1/approve", {})
    assert ME != "root" or own.status_code == 403
    done = said(call(place, DAEMON, "POST", "/approvals/P-1/approve", {}), 200)["answer"]
    assert (done["requester"], done["approver"], done["value"]) == (ME, "daemon", "500")
    assert place.order("B", tag38="500") == ""
    told = json.loads(fixgate(data_dir, "show", "firm", "max_quantity", "--json"))
    assert (told["source"], told["override"], told["who"], told["approver"]) == (
        *("override", 1, ME, "daemon"),
    )
    assert "block" in fixgate(data_dir, "overrides")
    output = fixgate(data_dir, "revoke", "1", "--reason", "done")
    assert output == "nothing is overridden\n"
    assert place.order("C", tag38="500") == "MAX_QUANTITY"
    told = json.loads(fixgate(data_dir, "history", "--json"))
    assert [t["what"] for t in told] == ["revoked", "overridden"]
    assert "not in force" in fixgate(data_dir, "revoke", "1", "--reason", "done", code=1)


@pytest.mark.parametrize("said", [("set", "50", "--for", "1h"), ("set", "50"), ("unset",)])
def test_an_override_that_ends_by_another_word_is_told(
    place: Place, data_dir: Path, said: tuple[str, ...]
) -> None:
    override(place, "override", {"scope": "firm", "limit": "max_quantity", "value": "500"})
    command, *more = said
    output = fixgate(data_dir, command, "firm", "max_quantity", *more, "--reason", "too much")
    assert "note: override 1 of root, approved by daemon, ends" in output
    told = json.loads(fixgate(data_dir, "history", "--json"))
    what = "set" if command == "set" else "withdrawn"
    new = "50" if command == "set" else "100"
    assert [(t["what"], t["override"], t["new"]) for t in told] == [
        *((what, 0, new), ("revoked", 1, ""), ("overridden", 1, "500"))
    ]
    assert (told[0]["old"], told[1]["why"]) == ("100", "too much")
    assert place.order("A", tag38="101") == "MAX_QUANTITY"


def test_an_override_takes_the_place_of_another(place: Place) -> None:
    for value in ("300", "400"):
        override(place, "override", {"scope": "firm", "limit": "max_quantity", "value": value})
    told = said(call(place, ROOT, "GET", "/limits/history"), 200)
    assert [(t["what"], t["override"]) for t in told] == [
        *(("overridden", 2), ("revoked", 1), ("overridden", 1))
    ]
    assert place.order("A", tag38="400") == ""


def test_an_order_is_permitted_by_two(place: Place, data_dir: Path) -> None:
    permit = {"client": "ACME", "quantity": "500", "cl_ord_id": "BIG"}
    done = override(place, "permit", permit)
    assert done["order"] == "ACME: ClOrdID(11) BIG, up to 500"
    assert place.order("BIG", tag38="500") == ""
    told = said(call(place, ROOT, "GET", "/limits/history"), 200)
    assert [(t["what"], t["override"], t["order"]) for t in told] == [
        ("used", 1, str(place.bench.found("BIG").order_no)),
        ("permitted", 1, "ACME: ClOrdID(11) BIG, up to 500"),
    ]
    view = said(call(place, ROOT, "GET", f"/risk/explain/{place.bench.found('BIG').order_id}"), 200)
    assert view["passed_by"].startswith("override 1 of ")
    assert ", approved by " in view["passed_by"]
    assert said(call(place, ROOT, "GET", "/limits/overrides"), 200) == []
    other = {"client": "ACME", "quantity": "500", "account": "ACC", "symbol": "IBM", "side": "buy"}
    override(place, "permit", other)
    ask = {"client": "ACME", "symbol": "IBM", "side": "buy", "quantity": "400", "price": "100"}
    view = said(call(place, ROOT, "POST", "/risk/what-if", ask), 200)
    assert (view["passes"], view["override"]) == (True, 2)
    view = said(call(place, ROOT, "POST", "/risk/what-if", ask | {"quantity": "501"}), 200)
    assert (view["passes"], view["override"]) == (False, 0)


NEXT = {"account": "ACC", "symbol": "IBM", "side": "buy"}


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("override", {"value": "100"}, "max_quantity is 100: 100 lets nothing more pass"),
        ("override", {"value": "50"}, "max_quantity is 100: 50 lets nothing more pass"),
        ("override", {"value": "off"}, "an override is an amount"),
        ("override", {"value": "500", "expires_ns": 1}, "it must end after now"),
        ("override", {"value": "500", "expires_ns": 2**62}, "and within 7 days"),
        ("override", {"limit": "min_quantity", "value": "20"}, "20 lets nothing more pass"),
        ("override", {"limit": "max_credit", "value": "9", "currency": "USD"}, "is off here"),
        ("override", {"limit": "max_long", "value": "9"}, "max_long is not set here"),
        ("permit", {"client": "NONE", "cl_ord_id": "X"}, "there is no client NONE"),
        ("permit", {}, "say which order: its ClOrdID(11), or account, symbol and side"),
        ("permit", {"cl_ord_id": "X", "account": "ACC"}, "say which order"),
        ("permit", {"cl_ord_id": "X", "side": "buy"}, "say which order"),
        ("permit", {"account": "ACC", "symbol": "IBM"}, "say which order"),
        ("permit", {**NEXT, "account": "ZZZ"}, 'ACME has no account "ZZZ"; it has: ACC'),
        ("permit", {**NEXT, "symbol": "XYZ"}, 'there is no symbol "XYZ"'),
        ("override", {"value": "nan"}, "max_quantity must be"),
        ("override", {"scope": "frim", "value": "500"}, '"frim"'),
    ],
)
def test_an_override_that_makes_no_sense_fails(
    place: Place, path: str, body: dict[str, object], told: str
) -> None:
    found = {"reason": "x", "expires_ns": time_ns() + 60 * SECOND}
    if path == "override":
        found |= {"scope": "firm", "limit": "max_quantity"} | body
        asked = place.override_limit(OverrideLimit.model_validate(found), who=TWO)
    else:
        found |= {"client": "ACME", "quantity": "500"} | body
        asked = place.permit_order(PermitOrder.model_validate(found), who=TWO)
    with pytest.raises(DeskError) as refused:
        asyncio.run(asked)
    assert told in refused.value.text
    assert told in said(call(place, ROOT, "POST", f"/limits/{path}", found), None)["text"]
    state = place.bench.core.state
    assert state.limit_changes.history == state.operators.proposals.all() == []


def test_what_could_not_be_set_is_not_proposed(place: Place) -> None:
    control = ControlSettings(second_person=["limits set", "limits unset"])
    place._config = place._config.model_copy(update={"control": control})
    key = {"scope": "firm", "limit": "max_quantity", "reason": "x"}
    refused = said(call(place, ROOT, "POST", "/limits/set", key | {"value": "nan"}), 422)
    assert "max_quantity must be" in refused["text"]
    refused = said(call(place, ROOT, "POST", "/limits/unset", key), 404)
    assert "is as configured" in refused["text"]
    said(call(place, ROOT, "POST", "/limits/set", key | {"value": "50"}), 202)
    assert len(place.bench.core.state.operators.proposals.all()) == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("override", {"scope": "firm", "limit": "max_quantity", "value": "500"}),
        ("permit", {"client": "ACME", "cl_ord_id": "X", "expires_ns": 2**62}),
        ("permit", {"client": "ACME", "cl_ord_id": "X", "quantity": "-5", "expires_ns": 2**62}),
        ("permit", {"client": "ACME", "cl_ord_id": "X", "quantity": "nan", "expires_ns": 2**62}),
    ],
)
def test_amount_and_end_are_never_left_out(path: str, body: dict[str, Any]) -> None:
    model = {"override": OverrideLimit, "permit": PermitOrder}[path]
    with pytest.raises(ValidationError):
        model.model_validate(body | {"reason": "x"})


def test_nobody_overrides_alone(place: Place) -> None:
    ask = OverrideLimit(
        scope="firm", limit="max_quantity", value="500", expires_ns=time_ns() + SECOND, reason="x"
    )
    for who in ("ann", "ann, approved by ann"):
        with pytest.raises(DeskError, match="takes two people"):
            asyncio.run(place.override_limit(ask, who=who))
