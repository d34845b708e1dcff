"""Configurations as files, for tests of what is read and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config import Client, Config, ConfigError, load_config

ACME = """\
[[clients]]
name = "ACME"
begin_string = "FIX.4.4"
sender_comp_id = "FIXGATE"
target_comp_id = "ACME"
"""
SIM = """\
[[brokers]]
name = "SIM"
type = "fix"
hosts = ["127.0.0.1:9001"]
begin_string = "FIX.4.4"
sender_comp_id = "FIXGATE"
target_comp_id = "SIM"
"""
ROUTE = """\
[[routes]]
name = "all"
broker = "SIM"
"""
ACME_CLIENT = Client(
    name="ACME",
    begin_string="FIX.4.4",
    sender_comp_id="FIXGATE",
    target_comp_id="ACME",
    accounts=("A",),
)


def with_reference_data(folder: Path) -> Path:
    """The folder, with the files that every configuration names by default."""
    (folder / "instruments.csv").write_text("symbol\n")
    (folder / "closes.csv").write_text("symbol\n")
    return folder


def load(folder: Path, text: str) -> Config:
    """The configuration of a text, as `fixgate.toml` of the folder."""
    path = folder / "fixgate.toml"
    path.write_text(text, encoding="utf-8")
    return load_config(path)


def problems(folder: Path, text: str) -> list[str]:
    """The problems of it, without the file's name in front."""
    with pytest.raises(ConfigError) as caught:
        load(folder, text)
    return [line.replace(f"{folder}/", "") for line in caught.value.problems]
