"""Cases in the ledger, a superuser's connection, and databases of a test's own."""

import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

sys.path.append(str(Path(__file__).parent))

from case_in_ledger import open_case

from entrypoints.embedded.parts import Endpoints
from ledger.store import Ledger


@pytest.fixture
async def case_id(ledger: Ledger) -> str:
    """A case with three lines."""
    return await open_case(ledger)


@pytest.fixture
def superuser(servers: Endpoints) -> Iterator[psycopg.Connection]:
    """A connection that may do anything, each statement on its own."""
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def empty_database(servers: Endpoints, superuser: psycopg.Connection) -> Iterator[str]:
    """The address of a database without a single table."""
    name = sql.Identifier(f"test_{uuid4().hex[:12]}")
    superuser.execute(sql.SQL("create database {}").format(name))
    yield make_conninfo(servers.database_url, dbname=name.as_string().strip('"'))
    superuser.execute(sql.SQL("drop database {} with (force)").format(name))
