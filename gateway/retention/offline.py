"""The record of a gateway that does not run, by its policy: under the journal's lock, and told in
it as the running gateway would.
"""

import os
from collections.abc import Iterator
from time import time_ns

from gateway.audit.reads import READS_FOLDER
from gateway.config import Config
from gateway.control.audit_models import HoldView
from gateway.control.peer import login_name
from gateway.known_links import sessions_of
from gateway.offline import Offline, offline
from gateway.operators import action
from gateway.retention.holds import gone_of, release, set_hold
from gateway.retention.plan import Plan, Policy
from gateway.retention.work import Step, Task, begin, finish, look
from gateway.seals.folder import SEALS_FOLDER, SealFolder
from gateway.seals.keys import KeyFolder
from gateway.seals.making import Place


def plan_offline(config: Config) -> Plan:
    """What is to be done; raises StoreError."""
    with offline(config) as found:
        return look(_task(config, found), time_ns())[0]


def archive_offline(config: Config, why: str) -> Iterator[Step]:
    """Do all that is to be done, and give each step when it is done; raises StoreError."""
    who = login_name(os.geteuid())
    with offline(config) as found:
        found.tell(None, action(who, why, "audit archive", offline=True))
        while True:
            task = _task(config, found)
            step = begin(task, time_ns(), lambda: None, who=who, why=why)
            if step.event is not None:
                found.tell(step.event)
            finish(task, step)
            yield step
            if not (step.is_one and (step.left.archive or step.left.expire)):
                return


def hold_offline(config: Config, from_ns: int, to_ns: int, why: str) -> HoldView:
    """Set a hold; raises StoreError."""
    who = login_name(os.geteuid())
    with offline(config) as found:
        event, said = set_hold(found.state.retention, from_ns, to_ns, who=who, why=why)
        gone = gone_of(found.state.retention, from_ns)
        found.tell(event, said)
        return HoldView(hold_no=event.hold_no, **gone)


def release_offline(config: Config, number: int, why: str) -> None:
    """Release a hold; raises StoreError, and DeskError for a number that holds nothing."""
    who = login_name(os.geteuid())
    with offline(config) as found:
        found.tell(*release(found.state.retention, number, who=who, why=why))


def _task(config: Config, found: Offline) -> Task:
    data_dir = config.gateway.data_dir
    names = {session.name for session in sessions_of(config, found.state)}
    links = {n for n, link in found.state.links.items() if link.defined.name in names}
    place = Place(
        node=config.gateway.node,
        journal=found.journal.folder,
        reads=data_dir / READS_FOLDER,
        seals=SealFolder(data_dir / SEALS_FOLDER),
        keys=KeyFolder(config.audit.keys_dir),
    )
    return Task(
        place=place,
        folder=config.archive.folder,
        policy=Policy(config.archive.after_days, config.archive.keep_days),
        resends_from=found.journal.resends_from(links),
        retention=found.state.retention.as_it_is(),
    )
