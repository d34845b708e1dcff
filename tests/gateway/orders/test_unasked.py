"""What a broker does to an order of its own accord, beyond the matrices."""

from __future__ import annotations

from tests.gateway.bench import Bench


def working(version: str = "FIX.4.4", **changes: str) -> tuple[Bench, str]:
    bench = Bench(broker_version=version)
    broker_id = bench.order(**changes)[0]["11"]
    bench.broker(f"35=8|11={broker_id}|37=B|17=E0|20=0|150=0|39=0|14=0|151=100")
    return bench, broker_id


def test_a_replace_nobody_asked_for_is_told_as_a_restatement() -> None:
    bench, broker_id = working()
    replaced = f"35=8|11={broker_id}|37=B|17=E1|150=5|39=0|38=60|44=99|14=0|151=60"
    [told] = bench.broker(replaced)
    assert (told["150"], told["39"], told["38"], told["44"]) == ("D", "0", "60", "99")
    assert bench.core.state.exposures.of("ACC").open_notional == 60 * 99
    assert bench.broker(replaced) == []
    assert bench.broker(replaced.replace("38=60", "38=70") + "|97=Y") == []
    assert not bench.alarms
    assert bench.broker(replaced.replace(broker_id, "OTHER")) == []
    assert "without a request" in bench.alarms[0]


def test_an_order_goes_on_after_a_suspension_but_for_one_restated_as_suspended() -> None:
    bench, broker_id = working()
    bench.broker(f"35=8|11={broker_id}|37=B|17=E1|150=9|39=9|14=0|151=100")
    restated = f"35=8|11={broker_id}|37=B|17=E2|150=D|38=90|14=0|151=90|378=3"
    [told] = bench.broker(f"{restated}|39=9")
    assert (told["39"], told["38"]) == ("9", "90")
    [told] = bench.broker(f"{restated}|39=0")
    assert (told["39"], told["38"]) == ("0", "90")


def test_a_guarantee_of_the_older_version_is_no_execution() -> None:
    bench, broker_id = working("FIX.4.2")
    said = f"35=8|11={broker_id}|37=B|20=0|150=1|39=7|32=40|31=100"
    [told] = bench.broker(f"{said}|17=E1|14=0|151=100|6=0")
    assert (told["150"], told["39"], told["14"]) == ("7", "7", "0")
    assert (told["32"], told["31"]) == ("40", "100")
    [told] = bench.broker(f"{said}|17=E2|14=40|151=60|6=100")  # and this is one
    assert (told["150"], told["39"], told["14"]) == ("F", "7", "40")
    [told] = bench.broker(f"{said}|17=E3|151=20|6=100")  # it says no CumQty(14): never lost
    assert (told["150"], told["14"]) == ("F", "80")


def test_who_does_something_to_an_order_has_accepted_it() -> None:
    for exec_type in ("3", "7", "9", "D", "L"):
        bench = Bench()
        broker_id = bench.order()[0]["11"]
        [told] = bench.broker(f"35=8|11={broker_id}|37=B|17=E1|150={exec_type}|14=0|151=100")
        assert told["150"] in (exec_type, "D")
        assert bench.found().accepted
        assert bench.found().broker_order_id == "B"
