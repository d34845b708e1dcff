"""`fixgate status`: the gateway on one screen."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.options import control, json_option, place_options
from gateway.cli.output import NS, day_text, print_json, print_pairs, print_table, utc
from gateway.control.views import StatusView


@click.command()
@place_options
@json_option
def status(config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Show sessions, orders, journal, audit, halts and alarms of the running gateway."""
    with control(config, data_dir) as client:
        view = client.status()
    if as_json:
        print_json(view)
        return
    print_pairs(_pairs(view))
    if view.halts:
        click.echo()
        halts = [
            (h.scope, h.level, h.open_orders, h.who, utc(h.since_ns), h.why) for h in view.halts
        ]
        print_table(("HALTED", "LEVEL", "STILL OPEN", "BY", "SINCE (UTC)", "WHY"), halts, "")
    if view.breakers_tripped:
        click.echo(f"\nbreakers tripped: {', '.join(view.breakers_tripped)}")
    if view.alarms:
        click.echo()
        alarms = [(utc(a.time_ns), a.count, a.code, a.text) for a in reversed(view.alarms)]
        print_table(("ALARM AT (UTC)", "TIMES", "CODE", "TEXT"), alarms, "")


def _pairs(view: StatusView) -> list[tuple[str, object]]:
    journal = view.journal
    held = f"{view.orders_held} of them held here, " if view.orders_held else ""
    orders = f"{view.orders_open} open, {held}{view.orders_unknown} unknown"
    orders += f", {view.orders_total} in all"
    limits = ", ".join(f"{name} {count}" for name, count in view.limits_hit.items() if count)
    return [
        ("gateway", f"{view.node} {view.state}, version {view.version}, process {view.pid}"),
        ("up since (UTC)", f"{utc(view.started_ns)}, {_duration(view.now_ns - view.started_ns)}"),
        ("data folder", view.data_dir),
        ("configuration", view.configuration[:12]),
        ("clock", _clock(view)),
        ("sessions", f"{view.sessions_logged_on} of {view.sessions_total} logged on"),
        ("orders", orders),
        ("business date", _day(view)),
        ("orphans", view.executions_parked or ""),
        ("reconciling", ", ".join(view.reconciling)),
        ("journal", f"segment {journal.segment}, {journal.batches} batches"),
        ("disk free", f"{journal.free_mb} MiB"),
        ("audit", _audit(view)),
        ("audit says", view.audit.text),
        ("limits hit", limits),
        ("alerts", _alerts(view)),
    ]


def _clock(view: StatusView) -> str:
    clock = view.clock
    return (
        f"{clock.status}, within {clock.error_max_us / 1000:.1f} ms"
        if clock.error_max_us
        else clock.status
    )


def _audit(view: StatusView) -> str:
    audit = view.audit
    behind = f"{audit.state}, {audit.lag_batches} batches behind"
    if not audit.lag_batches:
        return behind
    return f"{behind}: {audit.lag_s:.1f} s, {audit.lag_messages} messages"


def _alerts(view: StatusView) -> str:
    """Only what is wrong with them."""
    told = []
    for sink in view.alerts:
        lost = sink.failed + sink.dropped
        said = f"{lost} lost, {sink.waiting} waiting" if lost or sink.waiting else ""
        if said or sink.problem:
            told.append(f"{sink.name}: {', '.join(part for part in (said, sink.problem) if part)}")
    return "; ".join(told)


def _day(view: StatusView) -> str:
    day = view.day
    if not day.business_date:
        return ""
    rolling = f", {day.orders_to_roll} orders to roll" if day.orders_to_roll else ""
    coming = f"{day_text(day.next_date)} begins at {utc(day.next_roll_ns)} (UTC)"
    return f"{day_text(day.business_date)}{rolling}; {coming}"


def _duration(time_ns: int) -> str:
    minutes, seconds = divmod(max(time_ns, 0) // NS, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min {seconds:02d} s"
