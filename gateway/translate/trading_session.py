"""TradingSessionStatus(h), which FIX has since 4.2. There is one trading session here: the day."""

from typing import Final

from gateway.translate.dialects import Dialect
from sessions.schedule import Moment
from sessions.values import format_utc_timestamp

DAY: Final = "1"  # TradingSessionID(336), as FIX.5.0SP1 has it; any text may stand there before
# TradSesStatus(340)
HALTED: Final = "1"
OPEN: Final = "2"
CLOSED: Final = "3"
REJECTED: Final = "6"
WITHOUT_REJECTED: Final = ("FIX.4.2",)
THE_ONE: Final = f"there is one trading session, TradingSessionID(336)={DAY}"


def status(request_id: str, now_is: str, moment: Moment | None, *, unsolicited: bool) -> str:
    """The body that tells a TradSesStatus(340); `moment`: where the schedule of the FIX session
    stands, which tells when it closes or opens next.
    """
    times = ""
    if moment is not None:
        opens_ns = 0 if moment.is_open else moment.opens_ns
        times = _time("342", opens_ns) + _time("344", moment.closes_ns)
    mark = "Y" if unsolicited else "N"
    return f"335={request_id}\x01336={DAY}\x01325={mark}\x01340={now_is}\x01{times}"


def _time(tag: str, time_ns: int) -> str:
    return f"{tag}={format_utc_timestamp(time_ns, 0)}\x01" if time_ns else ""


def unknown_session(dialect: Dialect, request_id: str, session_id: str) -> str:
    """The body that refuses a TradingSessionID(336); "" where the version has no word for it."""
    if dialect.version in WITHOUT_REJECTED:
        return ""
    return (
        f"335={request_id}\x01336={session_id}\x01325=N\x01340={REJECTED}\x01567=1\x01"
        f"58={THE_ONE}\x01"
    )
