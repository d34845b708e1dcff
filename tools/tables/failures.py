"""What happens on each failure: to orders and messages, what is seen of it, and the test that shows
it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Failure:
    """`codes`: refusals that it leads to; `test` is "file of tests/::function"."""

    what: str
    orders: str
    seen: str
    test: str
    codes: tuple[str, ...] = ()


FAILURES: Final = (
    Failure(
        "the process is killed, at any instant",
        "what was acknowledged is known after the restart, what was not is sent again by its peer;"
        " nothing is lost or doubled, requests on their way are answered",
        "a restart; a torn tail of the journal is kept aside with an alarm",
        "gateway/crash/test_killed.py::test_a_gateway_killed_under_load_loses_and_doubles_nothing",
    ),
    Failure(
        "a fault in the program itself",
        "nothing leaves any more, the process ends, a restart goes on from the journal",
        "the log says `fault`; `fixgate sessions disable --offline` keeps a message out that"
        " brings it about again",
        "gateway/end_to_end/test_faults.py::test_a_fault_ends_the_process_and_nothing_is_lost",
    ),
    Failure(
        "a write or sync of the journal fails",
        "what was not durable does not leave, connections close, the process ends",
        "exit code 1 and one line that names the file",
        "gateway/end_to_end/test_starts.py"
        "::test_when_a_write_fails_nothing_leaves_and_a_restart_knows_all",
    ),
    Failure(
        "the disk is almost full",
        "new orders are refused, cancels and reports go on out of a reserve",
        "an alarm before (`disk_warn_mb`) and then, `not ready` of `fixgate health`",
        "gateway/end_to_end/test_starts.py::test_a_disk_that_fills_up_refuses_orders_but_not_cancels",
        ("DISK_RESERVE",),
    ),
    Failure(
        "the disk is full",
        "as when a write fails; once there is room a restart knows every order",
        "exit code 1",
        "gateway/end_to_end/test_full_disk.py"
        "::test_a_full_disk_stops_the_gateway_and_no_order_is_lost_or_doubled",
    ),
    Failure(
        "the disk of the journal is slow",
        "nothing leaves before it is written; peers are not read while more than `pending_max_mb`"
        " waits, so that they wait too",
        "a count of the limit",
        "gateway/test_engine.py::test_a_peer_is_not_read_while_the_disk_is_behind",
    ),
    Failure(
        "the process is killed while it archives, or while the record expires",
        "as at any instant; each segment is in the journal's folder, in the archive, or in both",
        "the next round goes on; `fixgate audit verify` finds nothing wrong",
        "gateway/retention/test_work.py"
        "::test_a_crash_while_archiving_loses_nothing_and_does_nothing_twice",
    ),
    Failure(
        "the archive is full, read-only, or not there",
        "trading goes on; segments stay where they are, and nothing expires",
        "an alarm, which names the file or what is lacking; tried again every 10 minutes",
        "gateway/retention/test_work.py::test_an_archive_that_takes_nothing_loses_nothing",
    ),
    Failure(
        "the archive folder is another gateway's",
        "the start is refused; nothing in it is written or removed",
        "one line that names the journal it belongs to; `fixgate check` says so too",
        "gateway/retention/test_owner.py"
        "::test_neither_check_nor_a_start_takes_the_archive_of_another_gateway",
    ),
    Failure(
        "the process is killed while it seals",
        "as at any instant; a seal is there whole or not at all",
        "the next start enters the seal in the journal, and the log says so",
        "gateway/end_to_end/test_seals.py::test_what_a_crash_leaves_the_next_start_enters_and_says",
    ),
    Failure(
        "a bit of the journal has changed",
        "the start is refused, nothing is altered",
        "segment, position and remedy are named; `fixgate audit verify` finds it too",
        "store/test_recovery.py::test_any_bit_flipped_before_the_last_batch_is_found_and_located",
    ),
    Failure(
        "somebody changes the journal and makes its chain anew",
        "trading goes on by what it says now",
        "an alarm at the start; `fixgate audit verify` says between which two seals",
        "gateway/audit/test_tampering.py::test_a_chain_that_was_made_anew_is_found_by_the_seals",
    ),
    Failure(
        "the gateway is started from an old backup",
        "no session trades until an operator has decided on its numbers",
        "peers are ahead: an alarm a session, with the command",
        "gateway/end_to_end/test_old_backup.py::test_each_session_stops_until_an_operator_decides",
    ),
    Failure(
        "a client's connection breaks",
        "its orders stay; with `cancel_on_disconnect` they are canceled after the grace period",
        "what it missed is sent again at its logon",
        "gateway/end_to_end/test_absences.py::test_orders_of_a_client_that_is_away_are_canceled",
    ),
    Failure(
        "a client does not read",
        "it is disconnected at `write_max_bytes`, others go on; it gets everything by resend",
        "an alarm and a count of the limit",
        "gateway/end_to_end/test_limits.py"
        "::test_a_client_that_does_not_read_is_cut_off_and_gets_everything_when_it_does",
    ),
    Failure(
        "a broker's connection breaks",
        "new orders are refused, or queued where the route says so; orders on the way are asked"
        " for at the logon, stale ones are not sent again",
        "`fixgate status`, an alarm",
        "gateway/end_to_end/test_brokers.py::test_an_order_for_a_broker_that_is_down_is_refused",
        ("BROKER_DOWN",),
    ),
    Failure(
        "a broker asks for orders again that are too old",
        "they are gap-filled; those that it cannot hold are reported as rejected, of others it is"
        " asked; cancels go again",
        "the client's report",
        "gateway/end_to_end/test_brokers.py"
        "::test_stale_orders_are_told_as_rejected_young_ones_and_cancels_are_sent_again",
        ("NOT_RECEIVED",),
    ),
    Failure(
        "messages of a broker may be lost",
        "its open orders are unknown, keep their exposure, and are asked for",
        "an alarm; `fixgate orders list --unknown`",
        "gateway/end_to_end/test_doubt.py"
        "::test_a_broker_that_jumps_over_its_reports_is_asked_for_every_open_order",
    ),
    Failure(
        "a broker does not answer when it is asked",
        "orders stay as they were; new ones wait no longer than `reconcile_time_limit_s`",
        "an alarm names the orders",
        "gateway/orders/test_reconciling.py"
        "::test_a_broker_that_does_not_answer_makes_orders_wait_no_longer_than_the_limit",
        ("STREAM_RECONCILING",),
    ),
    Failure(
        "an execution fits no order",
        "it is parked in sight until an operator books it",
        "an alarm; `fixgate orders orphans list`",
        "gateway/end_to_end/test_doubt.py"
        "::test_an_execution_for_nobody_is_in_sight_until_it_is_dealt_with",
    ),
    Failure(
        "a broker holds other positions than we do",
        "nothing is repaired",
        "an alarm; `fixgate positions breaks`",
        "gateway/positions/test_asking.py"
        "::test_what_differs_is_asked_for_again_before_anybody_is_told",
    ),
    Failure(
        "the audit database is down, lost, or too slow",
        "trading goes on; it is filled from the journal once it is there",
        "`fixgate status` and metrics tell how far it is behind, an alarm beyond `lag_max_s`",
        "gateway/end_to_end/test_audit_lag.py"
        "::test_a_database_that_is_down_is_an_alarm_until_it_has_caught_up",
    ),
    Failure(
        "the disk of the audit database is full, or can only be read",
        "trading goes on; it is tried again until it works, and nothing is missing",
        "as above; the log names the database and the cause",
        "gateway/audit/test_database_disk.py"
        "::test_a_full_disk_is_waited_for_and_nothing_is_missing",
    ),
    Failure(
        "the process is killed while it brings an older database forward",
        "as when the database is down",
        "the tables are as they were; the next start does it again",
        "gateway/audit/test_migration_killed.py"
        "::test_a_kill_anywhere_in_a_migration_leaves_what_there_was",
    ),
    Failure(
        "two projectors have one database",
        "trading goes on; the second waits until the first has ended",
        "the log says who waits for what",
        "gateway/audit/test_process.py::test_a_second_one_waits_for_the_first",
    ),
    Failure(
        "the second process that makes rows for a database far behind is killed",
        "the first one goes on by itself from where the tables stand, and nothing is missing",
        "the log says so",
        "gateway/audit/test_ahead.py::test_the_projector_goes_on_without_a_process_that_was_killed",
    ),
    Failure(
        "journal and database are of an earlier version",
        "every order and message of before is known",
        "the database is brought forward at the start",
        "gateway/audit/test_old.py::test_an_old_database_is_brought_forward_and_goes_on",
    ),
    Failure(
        "the gateway was down when the day rolled",
        "it rolls at the start, before it trades",
        "`fixgate day show`",
        "gateway/end_to_end/test_days.py"
        "::test_a_gateway_that_was_down_across_the_roll_rolls_before_it_trades",
    ),
    Failure(
        "the machine's clock is set",
        "heartbeats, time limits and rates count on as if it had always been so; schedules, days"
        " and expiry go by the new time",
        "an alarm",
        "gateway/test_clock_watch.py"
        "::test_one_that_was_set_is_told_and_sessions_wait_as_long_as_was_meant",
    ),
    Failure(
        "the machine's clock steps back by days",
        "as above; the record is in the order of the journal, and no seal is older than the one"
        " before",
        "an alarm; `fixgate audit verify` finds nothing wrong",
        "gateway/audit/test_clock_back.py::test_all_of_it_is_found_sealed_and_proven",
    ),
    Failure(
        "the port, the folder or the configuration is of no use",
        "it does not start",
        "one line that names it and the remedy; exit code 1, or 2 for the configuration",
        "gateway/end_to_end/test_starts.py::test_a_typo_in_the_configuration_is_exit_code_2",
    ),
)
