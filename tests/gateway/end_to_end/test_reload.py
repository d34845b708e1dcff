"""Another configuration for a gateway that runs: what holds when, and whom it touches."""

from __future__ import annotations

import signal
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from gateway.control.views import ReloadView, SessionView
from tests.gateway.end_to_end import agreement, settings
from tests.gateway.end_to_end.harness import HANG_S, World, play, world
from tools.client_simulator import ClientOrder, ClientSimulator

PRICE = Decimal("187.50")
ACME, BETA = settings.client("ACME"), settings.client("BETA", "FIX.4.2")


def firm(**changes: Any) -> list[dict[str, Any]]:
    return [{**settings.FIRM, **changes}]


def order(client: ClientSimulator, quantity: int = 100, text: str = "NOFILL") -> ClientOrder:
    return client.new_order(
        symbol="AAPL", side="1", quantity=Decimal(quantity), price=PRICE, text=text
    )


async def resting(client: ClientSimulator, quantity: int = 100) -> ClientOrder:
    made = order(client, quantity)
    assert await client.until(lambda: made.status == "0", HANG_S)
    return made


async def session(w: World, name: str) -> SessionView:
    return await w.gate.ask(lambda control: control.session(name))


def effects(view: ReloadView) -> dict[str, str]:
    assert view.applied, view
    return {change.text: change.effect for change in view.changes}


# --- limits and reference data ------------------------------------------------------------------


def test_a_lower_limit_holds_at_once_and_after_a_crash_and_touches_no_session() -> None:
    async def script() -> None:
        async with world() as w:
            client = await w.client()
            held = await resting(client)
            epoch = (await session(w, "ACME")).epoch
            view = await w.gate.reload(**{"risk.limits": firm(max_quantity=50)})
            assert effects(view) == {"risk.limits[firm].max_quantity: 100000 -> 50": "at once"}
            refused = order(client)
            assert await client.until(lambda: refused.status == "8", HANG_S)
            assert refused.text.startswith("MAX_QUANTITY")
            assert client.counts.logons == 1
            assert (await session(w, "ACME")).epoch == epoch
            await w.gate.kill()
            await w.gate.start()
            assert await client.until(lambda: client.counts.logons == 2, HANG_S)
            await w.broker_is(up=True)
            again = order(client)
            assert await client.until(lambda: again.status == "8", HANG_S)
            assert held.status == "0"
            await agreement.check(w)
            rows = agreement.audit_rows(w.gate, "SELECT * FROM operator_actions")
            (row,) = [row for row in rows if row["what"] == "reload"]
            assert (row["what"], row["why"]) == ("reload", "a test")
            assert row["who"]
            assert "max_quantity: 100000 -> 50" in row["details"]
            await w.stop()

    play(script)


def test_what_is_open_beyond_a_new_limit_stays_and_is_told() -> None:
    async def script() -> None:
        async with world() as w:
            client = await w.client()
            first, second = await resting(client), await resting(client, 200)
            view = await w.gate.reload(**{"risk.limits": firm(max_open_orders=1)})
            (note,) = view.notes
            assert note.startswith("firm has 2 open order(s), and max_open_orders is 1: they stay")
            third = order(client)
            assert await client.until(lambda: third.status == "8", HANG_S)
            assert third.text.startswith("MAX_OPEN_ORDERS")
            client.cancel(first)
            client.cancel(second)
            assert await client.until(lambda: {first.status, second.status} == {"4"}, HANG_S)
            fourth = await resting(client)
            assert fourth.status == "0"

    play(script)


def test_instruments_and_prices_are_read_again() -> None:
    async def script() -> None:
        async with world() as w:
            client = await w.client()
            settings.write_reference(w.gate.folder, {**settings.PRICES, "NEW": "10"})
            made = client.new_order(
                symbol="NEW", side="1", quantity=Decimal(1), price=Decimal(10), text="NOFILL"
            )
            assert await client.until(lambda: made.status == "8", HANG_S)
            view = await w.gate.reload()
            added = [c.text for c in view.changes if c.setting == "reference.instruments[NEW]"]
            assert added[0].startswith("reference.instruments[NEW]: added: security_type = CS")
            made = client.new_order(
                symbol="NEW", side="1", quantity=Decimal(1), price=Decimal(10), text="NOFILL"
            )
            assert await client.until(lambda: made.status == "0", HANG_S)

    play(script)


def test_the_log_says_more_or_less() -> None:
    async def script() -> None:
        async with world() as w:
            await w.gate.reload(log={"format": "json", "level": "error"})
            lines = len(w.gate.lines)
            await w.client()
            await w.gate.reload(log={"format": "json", "level": "info"})
            await w.client("BETA")
            await w.gate.said("session", name="BETA", state="LOGGED_ON")
            said = [line.get("name") for line in w.gate.lines[lines:]]
            assert "ACME" not in said

    play(script)


# --- clients ------------------------------------------------------------------------------------


def test_a_new_client_comes_in_and_the_others_do_not_notice() -> None:
    async def script() -> None:
        async with world(clients=[ACME]) as w:
            acme = await w.client("ACME")
            stranger = w.raw("BETA")
            await stranger.connect()
            stranger.send("A", "98=0|108=30|")
            assert await stranger.rest() == []
            view = await w.gate.reload(clients=[ACME, BETA])
            (effect,) = effects(view).values()
            assert effect == "may log on"
            beta = await w.client("BETA")
            await resting(beta)
            assert acme.counts.logons == 1
            await w.gate.kill()  # its session is in the journal
            await w.gate.start()
            assert await beta.until(lambda: beta.counts.logons == 2, HANG_S)
            assert (await session(w, "BETA")).epoch == 1
            await agreement.check(w)
            await w.stop()

    play(script)


def test_a_client_taken_out_is_logged_out_and_its_orders_are_named() -> None:
    async def script() -> None:
        async with world() as w:
            acme, raw = await w.client("ACME"), w.raw("BETA")
            await raw.logon()
            raw.order("B1")
            report = await raw.next("8")
            view = await w.gate.reload(clients=[ACME])
            (effect,) = effects(view).values()
            assert effect.startswith("logged out and refused; 1 open order(s) stay")
            assert report.get("37") in effect
            assert (await raw.next("5")).get(
                "58"
            ) == "the session is taken out of the configuration"
            assert await raw.rest() == []
            await raw.connect()
            raw.send("A", "98=0|108=30|")
            assert await raw.rest() == []
            names = {s.name for s in await w.gate.ask(lambda c: c.sessions())}
            assert names == {"ACME", "SIM"}
            await resting(acme)
            assert acme.counts.logons == 1
            # Put in again, it goes on where it stood.
            await w.gate.reload(clients=[ACME, BETA])
            raw.seq = 3
            await raw.logon()
            raw.send("F", "11=B2|41=B1|55=AAPL|54=1|38=100|60=20260101-00:00:00|")
            assert (await raw.next("8")).get("39") == "4"
            await w.gate.verify()

    play(script)


def test_what_a_client_may_do_changes_without_a_logout() -> None:
    async def script() -> None:
        async with world() as w:
            client = await w.client()
            changed = settings.client("ACME", default_account="OTHER")
            changed |= {"accounts": ["OTHER"], "message_rate_per_s": 0, "open_orders_max": 1}
            view = await w.gate.reload(clients=[changed, BETA])
            assert set(effects(view).values()) == {"at once"}
            made = await resting(client)
            shown = await w.gate.ask(lambda c: c.order(made.order_id))
            assert shown.account == "OTHER"
            refused = order(client)
            assert await client.until(lambda: refused.status == "8", HANG_S)
            assert refused.text.startswith("MAX_SESSION_ORDERS")
            assert client.counts.logons == 1

    play(script)


def test_a_session_whose_settings_change_logs_out_and_comes_back_with_them() -> None:
    async def script() -> None:
        async with world() as w:
            acme, beta = await w.client("ACME"), await w.client("BETA")
            held = await resting(acme)
            changed = settings.client("ACME", heart_bt_int_max_s=60, sending_time_digits=6)
            view = await w.gate.reload(clients=[changed, BETA])
            assert set(effects(view).values()) == {"its session logs out, and comes back with it"}
            assert await acme.until(lambda: acme.counts.logons == 2, HANG_S)
            acme.cancel(held)
            assert await acme.until(lambda: held.status == "4", HANG_S)
            assert beta.counts.logons == 1
            assert (await session(w, "ACME")).epoch == 1
            await agreement.check(w)
            raw = w.raw("ACME")
            await acme.stop()
            raw.seq = (await session(w, "ACME")).next_in
            answer = await raw.logon()
            assert len(answer.get("52").partition(".")[2]) == 6
            await w.gate.verify()

    play(script)


def test_settings_change_while_nobody_is_there() -> None:
    async def script() -> None:
        async with world() as w:
            raw = w.raw()
            await raw.logon()
            raw.send("5", "")
            await raw.rest()
            await w.gate.until(lambda c: not c.session("ACME").logged_on)
            await w.gate.reload(clients=[settings.client("ACME", sending_time_digits=0), BETA])
            raw.seq = 3
            answer = await raw.logon()
            assert "." not in answer.get("52")
            assert answer.get("34") == "3"

    play(script)


def test_a_new_password_is_asked_for_from_the_next_logon() -> None:
    async def script() -> None:
        first = settings.client("ACME", password_hash=settings.password_hash("first"))
        second = settings.client("ACME", password_hash=settings.password_hash("second"))
        async with world(clients=[first]) as w:
            raw = w.raw()
            await raw.logon("98=0|108=30|554=first|")
            view = await w.gate.reload(clients=[second])
            assert effects(view) == {
                "clients[ACME].password_hash: changed (not shown)": "from its next logon"
            }
            raw.send("1", "112=there|")
            assert (await raw.next("0")).get("112") == "there"
            raw.close()
            await w.gate.until(lambda c: not c.session("ACME").logged_on)
            await raw.connect()
            raw.write(raw.message("A", "98=0|108=30|554=first|"))
            assert await raw.rest() == []
            await raw.logon("98=0|108=30|554=second|")
            await w.gate.verify()
            dump = str(agreement.audit_rows(w.gate, "SELECT * FROM operator_actions"))
            assert "argon2" not in dump

    play(script)


def test_a_template_that_takes_fewer_lets_the_others_go() -> None:
    async def script() -> None:
        guests = {**settings.client("GUESTS"), "target_comp_id": "G*", "accounts": "*"}
        guests["default_account"] = "ANY"
        async with world(clients=[ACME, guests]) as w:
            one, two = w.raw("G1"), w.raw("G2")
            await one.logon()
            await two.logon()
            view = await w.gate.reload(clients=[ACME, {**guests, "comp_ids": ["G1"]}])
            assert view.notes == ["session GUESTS.G2: logged out and refused"]
            await two.next("5")
            one.order("O1")
            assert (await one.next("8")).get("150") == "0"
            await two.rest()
            await w.gate.verify()

    play(script)


def test_a_client_that_becomes_one_of_a_template_would_have_another_name() -> None:
    async def script() -> None:
        guests = {**settings.client("GUESTS"), "target_comp_id": "*", "accounts": "*"}
        async with world(clients=[ACME]) as w:
            raw = w.raw()
            await raw.logon()
            assert (await w.gate.reload(clients=[guests])).applied
            await raw.rest()
            await raw.connect()
            raw.write(raw.message("A", "98=0|108=30|"))
            assert await raw.rest() == []
            (alarm,) = (await w.gate.ask(lambda c: c.status())).alarms
            assert alarm.code == "RENAMED"
            assert alarm.text.startswith("GUESTS.ACME: has the CompIDs of ACME")
            other = w.raw("OTHER")
            await other.logon()

    play(script)


def test_a_schedule_closes_at_once_who_is_outside_of_it() -> None:
    async def script() -> None:
        always = {"name": "always", "reset": "never"}
        other_half = (datetime.now(UTC).hour + 12) % 24
        closed = {**always, "windows": [f"{other_half:02}:00-{other_half:02}:01"]}
        acme = settings.client("ACME", schedule="always")
        async with world(clients=[acme], schedules=[always]) as w:
            raw = w.raw()
            await raw.logon()
            view = await w.gate.reload(schedules=[closed])
            assert set(effects(view).values()) == {"at once"}
            assert "schedule" in (await raw.next("5")).get("58")
            raw.send("5", "")
            await raw.rest()
            await w.gate.until(lambda c: c.session("ACME").state == "OUT_OF_SCHEDULE")
            await w.gate.reload(clients=[ACME], schedules=[])
            await w.gate.until(lambda c: c.session("ACME").state == "LATENT")
            raw.seq = 3
            assert (await raw.logon()).get("34") == "3"

    play(script)


# --- brokers and routes -------------------------------------------------------------------------


def test_a_broker_whose_settings_change_is_connected_to_anew() -> None:
    async def script() -> None:
        async with world() as w:
            client = await w.client()
            held = await resting(client)
            logons = w.broker.counts.logons
            port = w.broker.settings.port
            changed = settings.fix_broker(port, heart_bt_int_s=11, reconnect_min_s=0.1)
            view = await w.gate.reload(brokers=[changed])
            assert len(effects(view)) == 2
            await w.gate.until(lambda _c: w.broker.counts.logons > logons)
            await w.broker_is(up=True)
            client.cancel(held)
            assert await client.until(lambda: held.status == "4", HANG_S)
            assert client.counts.logons == 1
            await agreement.check(w)
            await w.stop()

    play(script)


def test_a_broker_gets_a_schedule_that_is_closed_and_loses_it_again() -> None:
    async def script() -> None:
        async with world() as w:
            other_half = (datetime.now(UTC).hour + 12) % 24
            closed = {"name": "closed", "reset": "never"}
            closed |= {"windows": f"{other_half:02}:00-{other_half:02}:01"}
            port = w.broker.settings.port
            changed = settings.fix_broker(port, schedule="closed", heart_bt_int_s=12)
            view = await w.gate.reload(brokers=[changed], schedules=[closed])
            assert len(effects(view)) == 3
            await w.gate.until(lambda c: c.session("SIM").state == "OUT_OF_SCHEDULE")
            await w.gate.reload(brokers=[{**changed, "heart_bt_int_s": 13}])
            assert (await session(w, "SIM")).state == "OUT_OF_SCHEDULE"
            new = {**settings.fix_broker(port, schedule="closed"), "name": "NEW"}
            new |= {"target_comp_id": "OTHER"}
            await w.gate.reload(brokers=[changed, new])
            assert (await session(w, "NEW")).state == "OUT_OF_SCHEDULE"
            await w.gate.reload(brokers=[settings.fix_broker(port)], schedules=[])
            await w.broker_is(up=True)
            client = await w.client()
            await resting(client)
            await agreement.check(w)
            await w.stop()

    play(script)


def test_orders_go_by_new_routes_to_new_brokers() -> None:
    async def script() -> None:
        async with world() as w:
            client = await w.client()
            first = await resting(client)
            paper = settings.paper_broker(fill="full")
            brokers = [*w.gate.tables["brokers"], paper]
            view = await w.gate.reload(brokers=brokers, routes=[{"name": "all", "broker": "PAPER"}])
            assert "is connected to" in effects(view).values()
            second = order(client)
            assert await client.until(lambda: second.status == "2", HANG_S)
            client.cancel(first)
            assert await client.until(lambda: first.status == "4", HANG_S)
            view = await w.gate.reload(brokers=[paper])
            assert "logged out and refused" in effects(view).values()
            await w.gate.until(lambda c: {s.name for s in c.sessions()} == {"ACME", "BETA"})
            third = order(client)
            assert await client.until(lambda: third.status == "2", HANG_S)
            await w.gate.verify()

    play(script)


def test_an_order_whose_route_is_taken_out_can_be_canceled() -> None:
    async def script() -> None:
        async with world() as w:
            client = await w.client()
            held = await resting(client)
            view = await w.gate.reload(routes=[{"name": "new", "broker": "SIM"}])
            assert view.notes == ["1 open order(s) of route all can be canceled, not replaced"]
            client.replace(held, quantity=Decimal(200))
            assert await client.until(lambda: held.text.startswith("NO_ROUTE"), HANG_S)
            client.cancel(held)
            assert await client.until(lambda: held.status == "4", HANG_S)

    play(script)


# --- what is refused ----------------------------------------------------------------------------


def test_a_broker_with_open_orders_stays_and_with_it_all_else() -> None:
    async def script() -> None:
        async with world() as w:
            client = await w.client()
            held = await resting(client)
            view = await w.gate.reload(
                brokers=[settings.paper_broker()],
                routes=[{"name": "all", "broker": "PAPER"}],
                **{"risk.limits": firm(max_quantity=1)},
            )
            assert not view.applied
            (why,) = view.refused
            assert why.startswith("brokers[SIM]: is taken out, and has 1 open order(s)")
            assert held.order_id in why
            second = await resting(client)
            assert second.status == "0"
            client.cancel(held)
            client.cancel(second)
            assert await client.until(lambda: {held.status, second.status} == {"4"}, HANG_S)
            assert (await w.gate.reload()).applied

    play(script)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"gateway": {"node": "B"}}, 'gateway.node: "A" -> "B": needs a restart'),
        ({"gateway": {"data_dir": "other"}}, "gateway.data_dir: "),
        ({"journal": {"sync": "os"}}, 'journal.sync: "batch" -> "os": needs a restart'),
        ({"listeners": [{"port": 1}]}, "listeners[127.0.0.1:1]: added: port = 1: needs a restart"),
        (
            {"clients": [{**ACME, "name": "RENAMED"}, BETA]},
            "RENAMED: has the CompIDs of ACME, and by another name its numbers would begin at 1",
        ),
    ],
)
def test_what_needs_a_restart_is_refused_with_all_else(changed: dict[str, Any], told: str) -> None:
    async def script() -> None:
        async with world() as w:
            client = await w.client()
            view = await w.gate.reload(**changed, **{"risk.limits": firm(max_quantity=1)})
            assert any(line.startswith(told) for line in view.refused), view.refused
            assert not view.applied
            await resting(client)
            again = ("reload", "--data-dir", "data", "--reason", "again")
            code, said = await w.gate.fixgate(*again)
            assert code == 1
            assert "nothing is applied" in said

    play(script)


def test_a_client_gets_another_name_when_both_sides_begin_at_one() -> None:
    async def script() -> None:
        new = {**ACME, "name": "NEW"}
        async with world() as w:
            raw = w.raw()
            await raw.logon()
            raw.order("A1")
            await raw.next("8")
            assert not (await w.gate.reload(clients=[new, BETA])).applied
            await w.gate.stop()
            await w.gate.spawn()  # a start is no way around it
            line = await w.gate.said("cannot start")
            assert line["problem"].startswith("NEW: has the CompIDs of ACME")
            assert await w.gate.ended() == 2
            w.gate.tables["clients"] = [ACME, BETA]
            settings.write_config(w.gate.folder, w.gate.tables)
            await w.gate.start()
            for verb in ("disable", "reset"):
                code, said = await w.gate.fixgate("sessions", verb, "ACME", "--reason", "renamed")
                assert code == 0, said
            assert (await w.gate.reload(clients=[new, BETA])).applied
            raw.seq = 1
            assert (await raw.logon()).get("34") == "1"
            raw.order("A1")  # not known under the new name
            assert (await raw.next("8")).get("150") == "0"
            await w.gate.verify()

    play(script)


def test_a_bad_configuration_is_told_whole() -> None:
    async def script() -> None:
        async with world() as w:
            client = await w.client()
            bad = {**ACME, "heart_bt_int_s": -1, "colour": "red"}
            await w.gate.reload(clients=[bad], **{"risk.limits": firm(max_quantity="many")})
            _, checked = await w.gate.fixgate("check")
            code, said = await w.gate.fixgate("reload", "--reason", "why not")
            assert code == 2
            problems = [line for line in checked.splitlines() if line.startswith("fixgate.toml:")]
            assert len(problems) == 3
            for line in problems:
                assert line.removeprefix("fixgate.toml") in said
            await resting(client)

    play(script)


def test_a_dry_run_only_tells() -> None:
    async def script() -> None:
        async with world() as w:
            client = await w.client()
            changed = {**w.gate.tables, "risk.limits": firm(max_quantity=1)}
            settings.write_config(w.gate.folder, changed)
            code, said = await w.gate.fixgate("reload", "--dry-run")
            assert code == 0
            assert "risk.limits[firm].max_quantity: 100000 -> 1" in said
            assert "1 change(s), not applied" in said
            await resting(client)
            code, said = await w.gate.fixgate("reload")
            assert code == 2
            assert "--reason" in said
            code, said = await w.gate.fixgate("reload", "--reason", "now")
            assert "1 change(s) applied" in said
            code, said = await w.gate.fixgate("reload", "--reason", "now")
            assert (code, "nothing has changed" in said) == (0, True)

    play(script)


def test_a_signal_does_the_same() -> None:
    async def script() -> None:
        async with world() as w:
            client = await w.client()
            w.gate.tables["risk.limits"] = firm(max_quantity=1)
            settings.write_config(w.gate.folder, w.gate.tables)
            w.gate.signal(signal.SIGHUP)
            line = await w.gate.said("reloaded", who="SIGHUP")
            assert line["changes"] == ["risk.limits[firm].max_quantity: 100000 -> 1"]
            refused = order(client)
            assert await client.until(lambda: refused.status == "8", HANG_S)
            (w.gate.folder / "fixgate.toml").write_text("what is this")
            w.gate.signal(signal.SIGHUP)
            line = await w.gate.said("not reloaded")
            assert "fixgate.toml" in line["problem"]
            w.gate.tables["gateway"] = {"node": "B"}
            settings.write_config(w.gate.folder, w.gate.tables)
            w.gate.signal(signal.SIGHUP)
            await w.gate.said("not reloaded", problem='gateway.node: "A" -> "B": needs a restart')
            assert client.counts.logons == 1

    play(script)


# --- while others trade -------------------------------------------------------------------------


def test_trading_goes_on_through_many_reloads() -> None:
    async def script() -> None:
        async with world({"fill": "partial:2", "ack_delay_ms": 5, "fill_delay_ms": 5}) as w:
            client, other = await w.client("ACME"), await w.client("BETA")
            everything = {"name": "all", "broker": "SIM"}
            made = []
            for number in range(1, 6):
                made += [order(client, text="") for _ in range(30)]
                spare = {"name": f"spare{number}", "broker": "SIM", "symbol": "NONE"}
                beta = settings.client("BETA", "FIX.4.2", heart_bt_int_max_s=60 + number)
                view = await w.gate.reload(
                    clients=[ACME, beta],
                    routes=[spare, everything],
                    **{"risk.limits": firm(max_quantity=100_000 + number)},
                )
                assert view.applied
                made += [order(client, text="") for _ in range(30)]
                await w.gate.until(lambda _c, n=number: other.counts.logons > n)
            assert await client.until(lambda: all(one.status == "2" for one in made), HANG_S)
            assert client.counts.logons == 1
            await agreement.check(w)
            await w.stop()

    play(script)


def test_orders_wait_for_a_broker_that_comes_back_with_other_settings() -> None:
    async def script() -> None:
        routes = [{"name": "all", "broker": "SIM", "when_down": "queue", "queue_age_max_s": 60}]
        broker = {"fill": "partial:2", "ack_delay_ms": 5, "fill_delay_ms": 5}
        async with world(broker, routes=routes) as w:
            client = await w.client(orders=300)
            port = w.broker.settings.port
            for made in range(1, 6):
                logons = w.broker.counts.logons
                changed = settings.fix_broker(port, heart_bt_int_s=20 + made)
                assert (await w.gate.reload(brokers=[changed])).applied
                await w.gate.until(lambda _c, n=logons: w.broker.counts.logons > n)
            assert await client.finished(HANG_S), client.stats()
            assert client.stats().filled == 300
            await agreement.check(w)
            await w.stop()

    play(script)


def test_a_client_that_does_not_answer_is_closed_and_the_last_reload_holds() -> None:
    async def script() -> None:
        first = settings.client("ACME", logout_timeout_s=0.5)
        async with world(clients=[first]) as w:
            raw = w.raw()
            await raw.logon()
            await w.gate.reload(clients=[{**first, "sending_time_digits": 6}])
            assert (await raw.next("5")).get("58") == "its settings have changed, log on again"
            await w.gate.reload(clients=[{**first, "sending_time_digits": 0}])
            view = await w.gate.reload()
            assert (view.applied, view.changes) == (False, [])
            assert await raw.rest() == []
            raw.seq = 2
            assert "." not in (await raw.logon()).get("52")
            # Out and in again before it is gone.
            await w.gate.reload(clients=[ACME])
            await raw.next("5")
            await w.gate.reload(clients=[{**ACME, "sending_time_digits": 9}])
            raw.send("5", "")
            await raw.rest()
            await w.gate.until(lambda c: c.session("ACME").state == "LATENT")
            answer = await raw.logon()
            assert len(answer.get("52").partition(".")[2]) == 9
            assert (await session(w, "ACME")).epoch == 1
            await w.gate.verify()

    play(script)
