"""Every scripted conversation, against the core in memory and over a real port."""

from pathlib import Path

import pytest

from tests.sessions.scenario_port import run_over_port
from tests.sessions.scenario_runner import ScenarioError, Script, run_in_memory

FOLDER = Path(__file__).parent.parent / "scenarios"
SCRIPTS = sorted(FOLDER.glob("*.txt"))
CASES = [(path, version) for path in SCRIPTS for version in Script(path).versions]
NAMES = [f"{path.stem}-{version}" for path, version in CASES]

# Of the 32 rules: those that concern the codec (1, 3, 30 to 32) are tested with it; 26 belongs to a
# feature that sessions do not have yet.
RULES = {*range(1, 33)} - {1, 3, 26, 30, 31, 32}


@pytest.mark.parametrize(("path", "version"), CASES, ids=NAMES)
def test_in_memory(path: Path, version: str) -> None:
    run_in_memory(path, version)


@pytest.mark.parametrize(("path", "version"), CASES, ids=NAMES)
def test_over_a_port(path: Path, version: str) -> None:
    run_over_port(path, version)


def test_every_rule_has_a_script() -> None:
    named = set()
    for path in SCRIPTS:
        comment = Script(path).comment
        assert comment.startswith("Rule "), f"{path.name} does not begin with the rule it is about"
        numbers = comment.removeprefix("Rule ").partition(":")[0]
        named |= {int(number) for number in numbers.split(",")}
    assert named >= RULES


@pytest.mark.parametrize(
    "line", ["E8=FIX.4.4|35=0|49=GATE|", "D D 2", "A PEER_AHEAD", "STATE LATENT", "N 1 1 1"]
)
def test_an_expectation_that_is_not_met_fails(line: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.txt"
    path.write_text(f"# Rule 1: none\niCONNECT\nI{LOGON}\nE{REPLY}\n{line}\n")
    with pytest.raises(ScenarioError, match=r"wrong\.txt:5"):
        run_in_memory(path)


@pytest.mark.parametrize("line", ["", f"I{'8=FIX.4.4|35=1|49=PEER|56=GATE|34=2|52=<TIME>|112=X|'}"])
def test_what_was_not_expected_fails(line: str, tmp_path: Path) -> None:
    path = tmp_path / "left.txt"
    path.write_text(
        f"# Rule 1: none\niCONNECT\nI{LOGON}\n" + (f"E{REPLY}\n{line}\n" if line else "")
    )
    with pytest.raises(ScenarioError, match="nothing more"):
        run_in_memory(path)


LOGON = "8=FIX.4.4|35=A|49=PEER|56=GATE|34=1|52=<TIME>|98=0|108=30|"
REPLY = "8=FIX.4.4|35=A|49=GATE|56=PEER|34=1|52=<TIME>|98=0|108=30|"
