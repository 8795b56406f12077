"""Real servers for the tests: one PostgreSQL and one Temporal with time skipping per test process."""

import atexit
import os
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from contracts.case_run import SEARCH_ATTRIBUTES
from entrypoints.embedded.parts import Endpoints, embedded_parts
from ledger.migrate import migrate
from ledger.store import Ledger
from simulator.outside import Outside
from simulator.time import SkippedTime

# A loaded machine is no reason to fail; examples are printed so that a failure can be repeated.
settings.register_profile("leeway", deadline=None, print_blob=True)
settings.load_profile("leeway")

# The worker's clock is far from the borrower's: nothing may depend on the process's own zone.
os.environ["TZ"] = "Pacific/Kiritimati"
time.tzset()
atexit.register(time.sleep, 0.1)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoints]:
    """PostgreSQL, migrated, and Temporal with time skipping."""
    home = tmp_path_factory.mktemp("servers")
    with embedded_parts(home, search_attributes=SEARCH_ATTRIBUTES, skip_time=True) as endpoints:
        migrate(endpoints.database_url)
        yield endpoints


@pytest.fixture(scope="session")
async def ledger(servers: Endpoints) -> AsyncIterator[Ledger]:
    """The ledger on the real PostgreSQL."""
    async with Ledger(servers.database_url) as store:
        yield store


@pytest.fixture(scope="session")
async def skipped_time(servers: Endpoints) -> SkippedTime:
    """A client whose workflows run on skipped time."""
    return await SkippedTime.connect(servers.temporal_address)


@pytest.fixture(scope="session")
async def outside(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Outside]:
    """The stand-in mail server and SMS provider."""
    async with Outside(tmp_path_factory.mktemp("outside")) as local:
        yield local


@pytest.fixture(scope="session")
def project() -> Path:
    """The checkout."""
    return Path(__file__).parents[1]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many cases the oracle of tests/compliance/test_oracle.py compared, and which."""
    reports = (one for outcome in ("passed", "failed") for one in terminalreporter.getreports(outcome))
    told = [told for report in reports for name, told in report.user_properties if name == "oracle"]
    if told:
        names = ("cases", "allowed", "searches", "disagreements")
        counts = [f"{sum(one.get(name, 0) for one in told):,} {name}" for name in names]
        terminalreporter.write_line(f"oracle: seed {told[0]['seed']}, {', '.join(counts)}")
