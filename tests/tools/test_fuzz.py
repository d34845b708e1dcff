"""The fuzzer's targets: what was found before stays found, and a broken promise is noticed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sessions.framing import Framer, Garbled
from tools.fuzz import __main__ as program
from tools.fuzz import targets

FOLDER = Path(__file__).parents[1] / "data" / "fuzz"
INPUTS = sorted(path for path in FOLDER.glob("*/*") if path.is_file())


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_inputs_of_before_keep_all_promises(path: Path) -> None:
    targets.TARGETS[path.parent.name](path.read_bytes())


def test_every_target_has_inputs_and_is_run() -> None:
    assert tuple(targets.TARGETS) == program.TARGETS
    assert {path.parent.name for path in INPUTS} == set(targets.TARGETS)


def mutants(target: str) -> st.SearchStrategy[bytes]:
    """Inputs with some bytes replaced, cut out or put in."""
    seeds = [path.read_bytes() for path in INPUTS if path.parent.name == target]
    edit = st.tuples(st.integers(0, 400), st.integers(0, 8), st.binary(max_size=8))

    def edited(seed: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
        for at, size, new in edits:
            seed = seed[:at] + new + seed[at + size :]
        return seed

    return st.builds(edited, st.sampled_from(seeds), st.lists(edit, max_size=5))


@pytest.mark.parametrize("target", targets.TARGETS)
def test_mutations_of_good_input_keep_all_promises(target: str) -> None:
    @settings(max_examples=300, deadline=None)
    @given(mutants(target))
    def keeps(data: bytes) -> None:
        targets.TARGETS[target](data)

    keeps()


class Broken(Framer):
    """A framer with a fault."""

    fault = ""

    def feed(self, data: bytes) -> list[bytes | Garbled]:
        items = super().feed(data)
        if self.fault == "loses":
            return items[1:]
        if self.fault == "cuts":
            return [item[:-1] if isinstance(item, bytes) else item for item in items]
        return [] if self.fault == "is lost" else items


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Broken]]:
    monkeypatch.setattr(targets, "Framer", Broken)
    yield Broken
    Broken.fault = ""


@pytest.mark.parametrize("fault", ["loses", "cuts", "is lost"])
def test_a_broken_promise_is_noticed(broken: type[Broken], fault: str) -> None:
    data = (FOLDER / "framing" / "seed-whole-messages").read_bytes()
    targets.framing(data)
    broken.fault = fault
    with pytest.raises(AssertionError):
        targets.framing(data)


def test_the_fuzzer_runs_where_it_is_installed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("atheris")
    assert program.run("framing", 1, tmp_path) == []
    said = capsys.readouterr().out
    assert said.startswith("framing: ")
    assert "no inputs" not in said
