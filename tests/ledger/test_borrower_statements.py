"""What is asked at every door costs the same however many other borrowers there are: no table is read from end to end."""

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from ledger.migrate import migrate
from ledger.sql import SQL

# 20,000 borrowers with a case each; 100,000 contacts, reports and lines of theirs.
A_BIG_BOOK = """
insert into policy_snapshot values ('s', 'p', '{}');
insert into borrower (lender, borrower_id, name, language, country)
    select 'harbour', 'B-' || n, 'Li', 'en', 'CN' from generate_series(1, 20000) n;
insert into overdue_case (case_id, lender, loan_id, borrower_id, episode, policy, policy_sha256, currency,
    opened_balance_minor, overdue_since, opened_at, number, stage, held, balance_minor, strategy, wishes, language,
    waiting_for, facts)
    select 'case:' || n, 'harbour', 'L-' || n, 'B-' || n, 1, 'p', 's', 'CNY', 1, '2026-01-01', '2026-02-01', 1,
    'notice', '{}', 1, 'standard', '{}', 'en', '', '[{"name": "death", "since": "2026-02-01T00:00:00Z"}]'
    from generate_series(1, 20000) n;
insert into contact (key, case_id, lender, borrower_id, step, channel, template, language, status, wanted_at, planned_at,
    reserved_at)
    select n, 'case:' || 1 + n % 20000, 'harbour', 'B-' || 1 + n % 20000, 's', 'sms', 't', 'en', 'made', at, at, at
    from (select n, timestamptz '2026-02-01' + n * interval '1 minute' as at from generate_series(1, 100000) n) numbered;
insert into reported_contact (lender, reference, borrower_id, at, channel, result, collector, recorded_at)
    select 'harbour', n, 'B-' || 1 + n % 20000, at, 'phone', 'connected', 'agency', at
    from (select n, timestamptz '2026-02-01' + n * interval '1 minute' as at from generate_series(1, 100000) n) numbered;
insert into decision (case_id, seq, key, at, kind, rule, reason, facts, chain)
    select 'case:' || 1 + n % 20000, n, n, '2026-02-01', case when n % 10 = 0 then 'fact' else 'made' end, '', '', '{}', ''
    from generate_series(1, 100000) n;
analyze;
"""
ASKED = {
    "lender": "'harbour'", "borrower_id": "'B-77'", "case_id": "'case:77'", "since": "timestamptz '2026-02-03'",
    "key": "'7'",
}  # fmt: skip


@pytest.fixture(scope="class")
def big_book(servers: Any) -> Iterator[psycopg.Connection]:
    """A database of its own."""
    with psycopg.connect(servers.database_url, autocommit=True) as superuser:
        superuser.execute("create database big_book")
        url = psycopg.conninfo.make_conninfo(servers.database_url, dbname="big_book")
        migrate(url)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(A_BIG_BOOK)
            yield connection
        superuser.execute("drop database big_book with (force)")


def scans(plan: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Kind of scan and table, of every scan in the plan."""
    if "Relation Name" in plan:
        yield plan["Node Type"], plan["Relation Name"]
    for inner in plan.get("Plans", ()):
        yield from scans(inner)


class TestStatementAboutOneBorrower:
    @pytest.mark.parametrize(
        "name", ["borrower_contacts", "borrower_words", "borrower_facts", "open_cases_of_borrower"]
    )
    def test_reads_by_an_index(self, big_book: psycopg.Connection, name: str) -> None:
        statement = re.sub(r"%\((\w+)\)s", lambda found: ASKED[found[1]], SQL[name])
        [(plan,)] = big_book.execute(f"explain (format json) {statement}".encode()).fetchall()
        found = list(scans(plan[0]["Plan"]))
        print(f"\n{name}: {', '.join(' on '.join(scan) for scan in found)}")
        assert [table for kind, table in found if kind == "Seq Scan"] == []
        assert found
