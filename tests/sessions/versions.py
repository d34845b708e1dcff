"""Says the lines of a script, which are written for FIX.4.4, in another version.

What differs between versions of the session layer is stated here a second time, from the standard.
"""

import re
from typing import Final

VERSIONS: Final = (
    "FIX.4.0",
    "FIX.4.1",
    "FIX.4.2",
    "FIX.4.3",
    "FIX.4.4",
    "FIX.5.0",
    "FIX.5.0SP1",
    "FIX.5.0SP2",
)
USUAL: Final = "FIX.4.4"
APPL_VER_IDS: Final = {"FIX.5.0": "7", "FIX.5.0SP1": "8", "FIX.5.0SP2": "9"}
OLDEST: Final = ("FIX.4.0", "FIX.4.1")
LAST_REASON: Final = {"FIX.4.2": 11, "FIX.4.3": 17}
STATUS: Final = {"|58=MsgSeqNum too low": 9, "|58=NextExpectedMsgSeqNum(789) too high": 10}
_BEGIN: Final = "8=FIX.4.4|"
_REJECT: Final = re.compile(r"\|35=3\|")
_FIELD: Final = re.compile(r"(?<=\|)(\d+)=([^|]*)\|")


def begin_string(version: str) -> str:
    """BeginString(8) of a session of this version."""
    return "FIXT.1.1" if version in APPL_VER_IDS else version


def chosen(words: list[str]) -> tuple[str, ...]:
    """The versions that a VERSIONS line names: "all", "from X", or a list."""
    if words == ["all"]:
        return VERSIONS
    if words[0] == "from":
        return VERSIONS[VERSIONS.index(words[1]) :]
    assert set(words) <= set(VERSIONS), words
    return tuple(words)


def spoken(line: str, version: str) -> str:
    """The line in this version."""
    if version == USUAL or _BEGIN not in line:
        return line
    line = line.replace(_BEGIN, f"8={begin_string(version)}|")
    if version in APPL_VER_IDS and "|35=A|" in line:
        line += f"1137={APPL_VER_IDS[version]}|"
    if version in APPL_VER_IDS and line.startswith("E"):
        line += next((f"1409={code}|" for text, code in STATUS.items() if text in line), "")
    if version in OLDEST:
        line = _old(line)
    elif version in LAST_REASON:
        line = _FIELD.sub(lambda found: _known_reason(found, LAST_REASON[version]), line)
    return line


def _known_reason(found: re.Match[str], last: int) -> str:
    return "" if found[1] == "373" and int(found[2]) > last else found[0]


def _old(line: str) -> str:
    """Before FIX.4.2: no 371 to 373, the tag is in the text; no TransactTime(60) in an order."""
    if "|35=2|" in line:
        line = line.replace("|16=0|", "|16=999999|")
    if "|35=D|" in line:
        line = re.sub(r"\|60=[^|]*\|", "|", line)
    if not _REJECT.search(line):
        return line
    tag = re.search(r"\|371=([^|]*)\|", line)
    line = _FIELD.sub(lambda found: "" if found[1] in ("371", "372", "373") else found[0], line)
    return re.sub(r"\|58=([^|]*)\|", rf"|58=\1 ({tag[1]})|", line) if tag else line
