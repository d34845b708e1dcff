"""Where a gateway's data and control socket are, even when its configuration has mistakes.

An operator must reach a running gateway while the file is being edited, so only these few
are read here and everything else is ignored.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.config.load import Overrides, resolve_paths
from gateway.config.models import Config
from gateway.config.problems import ConfigError


@dataclass(frozen=True, slots=True)
class Place:
    """The folder, socket and folder of keys of one gateway, absolute."""

    data_dir: Path
    control_socket: Path
    keys_dir: Path
    node: str


def locate(config: Path, data_dir: Path | None = None) -> Place:
    """Read the paths from `config`; with `data_dir`, no file is needed.

    Raises ConfigError when neither tells.
    """
    overrides = Overrides.read(data_dir)
    data = _tables(config, needed=overrides.data_dir is None)
    overrides.apply(data)
    resolve_paths(data, config.absolute().parent)
    try:
        return Place(
            Path(data["gateway"]["data_dir"]),
            Path(data["control"]["socket"]),
            Path(data["audit"]["keys_dir"]),
            str(data["gateway"].get("node", Config.model_fields["gateway"].default.node)),
        )
    except (KeyError, TypeError):
        text = "gateway.data_dir, control.socket and audit.keys_dir must be texts"
        raise ConfigError([f"{config}: {text}"]) from None


def _tables(config: Path, needed: bool) -> dict[str, Any]:
    try:
        return tomllib.loads(config.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if not needed:
            return {}
        raise ConfigError(
            [f"{config}: there is no such file; give --config FILE or --data-dir DIR"]
        ) from None
    except (OSError, ValueError) as error:
        raise ConfigError([f"{config}: {error}"]) from None
