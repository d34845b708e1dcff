"""The files of who may trade what: read whole or not at all, every mistake with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.reference import Reference, ReferenceDataError, load_reference
from gateway.reload.reference_diff import reference_differences

INSTRUMENTS = """\
symbol,security_type,currency,tick_size,lot_size,sector,adv,hours
IBM,CS,USD,0.01,1,TECH,5000000,
"""


def load(folder: Path, restricted: str = "", permitted: str = "", listed: str = "") -> Reference:
    texts = {
        "i.csv": listed or INSTRUMENTS,
        "p.csv": "symbol,price,time\n",
        "r.csv": f"symbol,side,client,account,from,until,reason\n{restricted}",
        "m.csv": f"client,account,symbol\n{permitted}",
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    return load_reference(
        folder / "i.csv",
        folder / "p.csv",
        60,
        restrictions=folder / "r.csv",
        permissions=folder / "m.csv",
    )


def test_rows_say_what_they_restrict(tmp_path: Path) -> None:
    read = load(tmp_path, "IBM,short,ACME,,2026-11-20,2026-11-30,hard to borrow\n")
    assert read.restrictions.of("IBM", "5", "ACME", "ANY", 20261130) is not None
    assert read.restrictions.of("IBM", "5", "ACME", "ANY", 20261201) is None
    assert read.restrictions.of("IBM", "1", "ACME", "ANY", 20261125) is None
    known = read.instruments["IBM"]
    assert (known.sector, known.adv) == ("TECH", 5_000_000)


@pytest.mark.parametrize(
    ("restricted", "permitted", "told"),
    [
        (",buy,,,,,\n", "", 'r.csv:2: symbol is empty; "*" is all'),
        ("IBM,long,,,,,\n", "", "r.csv:2: side 'long' must be one of buy, sell, short"),
        ("IBM,,,,soon,,\n", "", "r.csv:2: from 'soon' is not ISO 8601 (2026-11-20)"),
        (
            "IBM,,,,2026-11-20,2026-11-19,\n",
            "",
            "r.csv:2: until '2026-11-19' is before from '2026-11-20'",
        ),
        ("", ",,IBM\n", "m.csv:2: either client or account says who may"),
        ("", "ACME,ACC,IBM\n", "m.csv:2: either client or account says who may"),
        ("", "ACME,,\n", 'm.csv:2: symbol is empty; "*" is all'),
    ],
)
def test_a_mistake_is_told_with_its_line(
    tmp_path: Path, restricted: str, permitted: str, told: str
) -> None:
    with pytest.raises(ReferenceDataError) as caught:
        load(tmp_path, restricted, permitted)
    assert caught.value.problems == [told]


def test_hours_must_be_a_schedule(tmp_path: Path) -> None:
    with pytest.raises(ReferenceDataError, match="hours 'NYSE' of IBM: there is no such schedule"):
        load(tmp_path, listed=INSTRUMENTS.replace("5000000,", "5000000,NYSE"))


def test_a_reload_tells_rows_that_come_and_go(tmp_path: Path) -> None:
    before = load(tmp_path, "IBM,,,,,,\n", "ACME,,IBM\n")
    after = load(tmp_path, "IBM,buy,,,,,\n", "ACME,,IBM\n,ACC,*\n")
    assert [change.text.partition(": ")[0] for change in reference_differences(before, after)] == [
        "reference.restricted[IBM,,,,0,0,]",
        "reference.restricted[IBM,buy,,,0,0,]",
        "reference.permissions[account,ACC,*]",
    ]
