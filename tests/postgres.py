"""A private PostgreSQL for tests, one a test session.

Where there are no binaries the tests are skipped with that reason, unless
FIXGATE_REQUIRE_POSTGRES=1 says that they must run.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tools.postgres import Cluster, find_binaries, running

REQUIRED = "FIXGATE_REQUIRE_POSTGRES"
_names = count(1)


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster]:
    """The session's server."""
    binaries = find_binaries()
    if binaries is None:
        why = "no PostgreSQL here: initdb is neither on the PATH nor under /usr/lib/postgresql"
        if os.environ.get(REQUIRED) == "1":
            pytest.fail(f"{why}, but {REQUIRED}=1")
        pytest.skip(why)
    with running(binaries) as cluster:
        yield cluster


@pytest.fixture
def postgres_url(postgres_cluster: Cluster) -> str:
    """An empty database on PostgreSQL."""
    return postgres_cluster.create(f"test_{next(_names)}")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty audit database, once on each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/audit.db"
    url: str = request.getfixturevalue("postgres_url")
    return url
