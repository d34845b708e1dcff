"""The list of quirks: each is documented, and tried in a conversation."""

from pathlib import Path

import pytest

from sessions.quirks import QUIRKS

ROOT = Path(__file__).parents[2]
SCRIPTS = [path.read_text() for path in (ROOT / "tests" / "scenarios").glob("*.txt")]
README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("name", QUIRKS)
def test_a_quirk_is_tried_in_a_conversation(name: str) -> None:
    assert any(f"quirks={name}\n" in script for script in SCRIPTS)


@pytest.mark.parametrize(("name", "text"), QUIRKS.items())
def test_a_quirk_is_in_the_readme_as_it_is_here(name: str, text: str) -> None:
    assert f"| `{name}` | {text} |" in README
