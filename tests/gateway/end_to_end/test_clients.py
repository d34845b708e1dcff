"""Clients come, go, fall out of the line and reset; none can touch what is another's."""

from __future__ import annotations

import time
from decimal import Decimal
from pathlib import Path

import pytest

from tests.gateway.end_to_end import agreement
from tests.gateway.end_to_end.harness import HANG_S, play, world
from tools.client_simulator import ABORT, HALF, ClientOrder, ClientSimulator
from tools.fix_peer import tags

QUANTITY = Decimal(100)
PRICE = Decimal("187.50")


def resting(client: ClientSimulator, text: str = "NOFILL") -> ClientOrder:
    return client.new_order(symbol="AAPL", side="1", quantity=QUANTITY, price=PRICE, text=text)


@pytest.mark.parametrize("kind", [ABORT, HALF])
@pytest.mark.parametrize("name", ["ACME", "BETA"])
def test_a_client_that_drops_out_catches_up_by_resend(name: str, kind: str) -> None:
    async def script() -> None:
        async with world({"fill": "partial:2", "ack_delay_ms": 10, "fill_delay_ms": 10}) as w:
            drop = {"drop_after": 40, "drop_kind": kind, "reconnect_first_s": 0.3}
            client = await w.client(name, orders=100, **drop)
            assert await client.finished(HANG_S), client.stats()
            assert client.counts.connections == 2
            assert client.counts.poss_dup_in > 0
            assert client.stats().filled == 100
            await agreement.check(w)
            check_kept(w.gate.folder / "data", name)
            await w.stop()

    play(script)


def check_kept(data: Path, name: str) -> None:
    """What came for the client while it was away was only kept, and went when it was back."""
    query = "SELECT * FROM messages WHERE direction = 'out' AND session = '{}' AND {}"
    kept = agreement.rows(data, query.format(name, "kept"))
    assert kept
    assert {row["msg_type"] for row in kept} == {"8"}
    sent_again = agreement.rows(data, query.format(name, "resent AND NOT kept"))
    assert {row["msg_seq_num"] for row in kept} <= {row["msg_seq_num"] for row in sent_again}


def test_no_client_sees_cancels_or_disturbs_anothers_order() -> None:
    async def script() -> None:
        async with world() as w:
            acme, beta = await w.client("ACME"), await w.client("BETA")
            order, own = resting(acme), resting(beta)
            assert await acme.until(lambda: order.status == "0", HANG_S)
            assert await beta.until(lambda: own.status == "0", HANG_S)
            reports = acme.book.reports
            now = time.time_ns()
            foreign = beta.core.cancel(own, now, orig=order.cl_ord_id)
            asked = beta.book.add(order.cl_ord_id, dict(order.fields), order.story)
            beta.core.ask_status(asked)
            beta.tick(now)
            beta.link.flush()
            assert await beta.until(lambda: foreign not in own.requests, HANG_S)
            assert own.text == f"UNKNOWN_ORDER: orig_cl_ord_id={order.cl_ord_id}"
            assert await beta.until(lambda: not asked.status_asked, HANG_S)
            assert (asked.status, asked.order_id) == ("8", "NONE")
            assert (acme.book.reports, order.status) == (reports, "0")
            view = await w.gate.ask(lambda control: control.order(order.order_id))
            assert (view.client, view.status, view.open) == ("ACME", "new", True)

    play(script)


def test_two_clients_may_use_the_same_id() -> None:
    async def script() -> None:
        async with world() as w:
            clients = [await w.client(name, id_prefix="SAME") for name in ("ACME", "BETA")]
            orders = [resting(client) for client in clients]
            assert orders[0].cl_ord_id == orders[1].cl_ord_id
            for client, order in zip(clients, orders, strict=True):
                assert await client.until(lambda order=order: order.status == "0", HANG_S)
            clients[0].cancel(orders[0])
            assert await clients[0].until(lambda: orders[0].status == "4", HANG_S)
            clients[1].ask_status(orders[1])
            assert await clients[1].until(lambda: not orders[1].status_asked, HANG_S)
            assert orders[1].status == "0"
            await agreement.check(w)

    play(script)


def test_a_client_that_resets_its_numbers_keeps_its_orders() -> None:
    async def script() -> None:
        async with world() as w:
            before = await w.client(id_prefix="X")
            order = resting(before)
            assert await before.until(lambda: order.status == "0", HANG_S)
            await before.stop()
            await w.gate.until(lambda control: not control.session("ACME").logged_on)
            after = await w.client(reset_on_logon=True, id_prefix="Y")
            view = await w.gate.ask(lambda control: control.session("ACME"))
            assert (view.epoch, view.next_in, view.next_out) == (2, 2, 2)
            again = after.book.add(order.cl_ord_id, dict(order.fields), order.story)
            again.status = "0"
            after.cancel(again)
            assert await after.until(lambda: again.status == "4", HANG_S)
            assert again.order_id == order.order_id
            w.clients.remove(before)
            await agreement.numbers_agree(w)
            await w.stop()

    play(script)


def test_an_operators_cancel_reaches_broker_and_client() -> None:
    async def script() -> None:
        async with world() as w:
            client = await w.client("BETA")
            order = resting(client)
            assert await client.until(lambda: order.status == "0", HANG_S)
            await w.gate.ask(lambda control: control.order_action(order.order_id, "cancel"))
            assert await client.until(lambda: order.status == "4", HANG_S)
            assert order.cl_ord_id == order.first_cl_ord_id
            await agreement.check(w)

    play(script)


def test_a_broker_that_refuses_cancels_leaves_the_order_as_it_was() -> None:
    async def script() -> None:
        async with world() as w:
            client = await w.client()
            order = resting(client, "NOCANCEL")
            assert await client.until(lambda: order.status == "0", HANG_S)
            client.cancel(order)
            assert await client.until(lambda: not order.requests, HANG_S)
            client.replace(order, quantity=Decimal(200), text="NOCANCEL")
            assert await client.until(lambda: not order.requests, HANG_S)
            assert (order.status, order.quantity, order.reason) == ("0", QUANTITY, "2")
            await agreement.check(w)

    play(script)


def test_a_replace_below_what_is_filled_becomes_what_is_filled() -> None:
    async def script() -> None:
        async with world() as w:
            client = await w.client()
            order = resting(client, "PARTIAL")
            assert await client.until(lambda: order.cum == 50, HANG_S)
            client.replace(order, quantity=Decimal(10), text="NOFILL")
            assert await client.until(lambda: not order.requests, HANG_S)
            assert (order.status, order.quantity, order.cum) == ("2", 50, 50)
            assert client.book.problems == []
            await agreement.check(w)

    play(script)


def test_unknown_tags_and_text_reach_the_broker() -> None:
    async def script() -> None:
        async with world() as w:
            client = await w.client()
            order = client.new_order(
                symbol="AAPL",
                side="1",
                quantity=QUANTITY,
                price=PRICE,
                text="for Ann",
                extra=[("7001", "blue"), ("528", "A")],
            )
            assert await client.until(lambda: order.status == "2", HANG_S)
            terms = w.broker.core.book.orders[0].terms
            assert (terms["7001"], terms["528"], terms[tags.TEXT]) == ("blue", "A", "for Ann")

    play(script)
