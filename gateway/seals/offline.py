"""Seals the journal of a gateway that does not run. Its next start enters the seal in the journal.

Every batch is checked before: what is damaged is not sealed.
"""

import os
from time import time_ns

from gateway.audit.access import require_journal
from gateway.audit.reads import READS_FOLDER
from gateway.config.locate import Place as GatewayPlace
from gateway.control.peer import login_name
from gateway.events import DayRolled, decode
from gateway.seals.errors import SealError
from gateway.seals.folder import SEALS_FOLDER, SealFolder
from gateway.seals.keys import KeyFolder
from gateway.seals.making import NO_HEAD, Head, Place, make
from gateway.seals.seal import Seal
from store.lock import lock_folder
from store.record import EVENT, SNAPSHOT
from store.recovery import Torn, scan
from store.segment import JOURNAL_FOLDER

_DAY_ROLLED = b"DayRolled\x01"


def seal_offline(where: GatewayPlace, why: str) -> Seal:
    """Seal a data folder; raises StoreError while a gateway runs on it."""
    data_dir = where.data_dir
    place = Place(
        node=where.node,
        journal=data_dir / JOURNAL_FOLDER,
        reads=data_dir / READS_FOLDER,
        seals=SealFolder(data_dir / SEALS_FOLDER),
        keys=KeyFolder(where.keys_dir),
    )
    require_journal(data_dir)
    lock = lock_folder(place.journal)
    try:
        head, date = _end(place)
        asked = f"asked by {login_name(os.geteuid())}" + (f": {why}" if why else "")
        return make(place, head, now=time_ns(), business_date=date, why=asked)
    finally:
        os.close(lock)


def _end(place: Place) -> tuple[Head, int]:
    """The journal's head, and the business date there (0: none)."""
    head, date = NO_HEAD, 0
    torn: list[Torn] = []
    for batch in scan(place.journal, None, torn):
        head = Head(batch.position, batch.number, batch.hash)
        for record in batch.records if batch.mentions(_DAY_ROLLED) else ():
            if record.kind in (EVENT, SNAPSHOT) and record.payload.startswith(_DAY_ROLLED):
                event = decode(record.payload)
                assert isinstance(event, DayRolled), f"batch {batch.number}: {event}"
                date = event.date
    if not head.batch:
        raise SealError(f"{place.journal}: holds no batch yet: there is nothing to seal")
    return head, date
