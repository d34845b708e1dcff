"""What is said of schedules and listeners in `fixgate.toml`, and of what names them."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from gateway.config import Client, FixBroker
from tests.gateway.config_files import ACME, load, problems, with_reference_data

GOOD = f"""\
[[listeners]]
port = 5001
name = "inside"

[[schedules]]
name = "day"
time_zone = "Europe/London"
windows = ["08:00-12:00", "12:00-18:00"]
weekdays = ["Mon", "Fri"]
holidays = [2026-12-25, "2026-12-28"]
reset = "window"

[[schedules]]
name = "week"
windows = "Sun 17:00-Fri 17:00"
reset = ["12:00", "Sun 17:00"]

{ACME}accounts = "ACC1"
schedule = "day"
listeners = "inside"

[[brokers]]
name = "SIM"
type = "fix"
hosts = ["127.0.0.1:9001"]
begin_string = "FIX.4.2"
sender_comp_id = "FIXGATE"
target_comp_id = "SIM"
schedule = "week"
source_host = "127.0.0.1"
source_port = 9000

[[routes]]
name = "all"
broker = "SIM"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return with_reference_data(tmp_path)


def test_what_a_good_one_becomes(folder: Path) -> None:
    config = load(folder, GOOD)
    day, week = config.schedules
    assert day.holidays == (date(2026, 12, 25), date(2026, 12, 28))
    assert week.windows == ("Sun 17:00-Fri 17:00",)
    assert week.weekdays == ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    client, broker = config.clients[0], config.brokers[0]
    assert isinstance(client, Client)
    assert isinstance(broker, FixBroker)
    assert (client.schedule, client.listeners) == ("day", ("inside",))
    assert (broker.schedule, broker.source_host, broker.source_port) == ("week", "127.0.0.1", 9000)


def test_a_schedule_can_be_asked(folder: Path) -> None:
    day, week = (schedule.calendar for schedule in load(folder, GOOD).schedules)
    monday_noon = 1_795_435_200_000_000_000  # 2026-11-23 12:00
    assert day.at(monday_noon).is_open
    assert day.at(monday_noon).interval_ns == week.at(monday_noon).interval_ns == monday_noon


def test_the_schedule_in_the_readme_is_good(folder: Path) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```toml\n(\[\[schedules\]\].*?)^```$", readme, re.M | re.S)
    rows = re.findall(r"^\| .*? \| (none|`\[.*?\]`) \| `(\".*?\")` \|$", readme, re.M)
    assert len(rows) == 5
    for index, (windows, reset) in enumerate(rows):
        wanted = "[]" if windows == "none" else windows.strip("`")
        example += f'[[schedules]]\nname = "row{index}"\nwindows = {wanted}\nreset = {reset}\n'
    assert len(load(folder, GOOD + example).schedules) == 8


@pytest.mark.parametrize(
    ("good", "bad", "problem"),
    [
        (
            '"Europe/London"',
            '"Europe/Londres"',
            '7: schedules[0].time_zone: "Europe/Londres" is no IANA time zone, such as'
            ' "America/New_York" or "UTC"',
        ),
        (
            '"Europe/London"',
            '"Europe"',
            '7: schedules[0].time_zone: "Europe" is no IANA time zone, such as'
            ' "America/New_York" or "UTC"',
        ),
        (
            '"Europe/London"',
            '"../etc/passwd"',
            '7: schedules[0].time_zone: "../etc/passwd" is no IANA time zone, such as'
            ' "America/New_York" or "UTC"',
        ),
        (
            '"08:00-12:00"',
            '"8-12"',
            '8: schedules[0].windows: "8-12" must be like "08:00-17:30" or "Sun 17:00-Fri 17:00"',
        ),
        (
            '"08:00-12:00"',
            '"08:00-12:61"',
            '8: schedules[0].windows: "08:00-12:61" holds a time that no clock shows',
        ),
        (
            '"08:00-12:00"',
            '"08:00-12:30"',
            "8: schedules[0].windows: Mon 08:00-Mon 12:30 and Mon 12:00-Mon 18:00 overlap",
        ),
        (
            '"Mon", "Fri"',
            '"Mon", "Friday"',
            '9: schedules[0].weekdays: "Friday" must be one of Mon, Tue, Wed, Thu, Fri, Sat, Sun',
        ),
        (
            "2026-12-25",
            '"25.12.2026"',
            '10: schedules[0].holidays: must be dates such as 2026-12-25, not "25.12.2026"',
        ),
        (
            "2026-12-25",
            "2026-12-25T10:00:00",
            "10: schedules[0].holidays: must be dates such as 2026-12-25, not 2026-12-25 10:00:00",
        ),
        (
            '[2026-12-25, "2026-12-28"]',
            "20261225",
            "10: schedules[0].holidays: must be dates such as 2026-12-25, not 20261225",
        ),
        (
            'reset = "window"',
            'reset = "daily"',
            '11: schedules[0].reset: "daily" must be a time such as "17:00" or "Sun 17:00"',
        ),
        (
            'reset = "window"',
            'reset = ["window", "17:00"]',
            '11: schedules[0].reset: "window" must stand alone',
        ),
        (
            'reset = "window"',
            "reset = []",
            '11: schedules[0].reset: must be "window", "never", or times such as "17:00"',
        ),
        (
            'windows = "Sun 17:00-Fri 17:00"\nreset = ["12:00", "Sun 17:00"]',
            'reset = "window"',
            '15: schedules[1].reset: "window" needs windows, and there are none',
        ),
        (
            'name = "week"',
            'name = "day"',
            '14: schedules[1].name: "day" is already the name of schedules[0]',
        ),
        (
            'schedule = "day"',
            'schedule = "night"',
            '24: clients[0].schedule: there is no schedule "night"; there are: day, week',
        ),
        (
            'listeners = "inside"',
            'listeners = ["inside", "outside"]',
            '25: clients[0].listeners: there is no listener "outside"; there are: inside',
        ),
        (
            'name = "SIM"\ntype',
            'name = "ACME.SIM"\ntype',
            '28: brokers[0].name: "ACME.SIM" is a name of the template "ACME"',
        ),
        (
            'target_comp_id = "SIM"',
            'target_comp_id = "SIM*"',
            '33: brokers[0].target_comp_id: must have no "*": only clients have templates',
        ),
        (
            'schedule = "day"',
            'schedule = "day"\ncomp_ids = "ACME"',
            '25: clients[0].comp_ids: is for a template, with "*" in target_comp_id',
        ),
        (
            'target_comp_id = "ACME"',
            'target_comp_id = "ACME*"\nsub_ids_identify = true',
            "23: clients[0].sub_ids_identify: is not for a template: it tells its clients by CompID"
            " alone",
        ),
        (
            'source_host = "127.0.0.1"\n',
            "",
            "35: brokers[0].source_port: needs a source_host",
        ),
    ],
)
def test_one_mistake_is_one_problem(folder: Path, good: str, bad: str, problem: str) -> None:
    assert GOOD.count(good) == 1
    text = GOOD.replace(good, bad)
    if "template" in problem and "is a name" in problem:
        text = text.replace('target_comp_id = "ACME"', 'target_comp_id = "ACME*"')
        text = text.replace('broker = "SIM"', 'broker = "ACME.SIM"')
    if 'name = "week"' in good:
        text = text.replace('schedule = "week"', 'schedule = "day"')
    told = problems(folder, text)
    assert [line.partition("fixgate.toml:")[2] for line in told] == [problem]
