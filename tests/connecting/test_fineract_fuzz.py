"""The readers of what Fineract sends, under a fuzzer that looks for new paths: one error class, and no other."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from simulator import fineract_wire as wire
from simulator.fineract_loan import Instalment, StandInLoan, Transaction

RUNS = int(os.environ.get("LEEWAY_FUZZ_RUNS", "15000"))


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    """One of each kind of message, for the fuzzer to change."""
    at, today = datetime(2026, 11, 2, 9, 30, tzinfo=UTC), date(2026, 11, 2)
    loan = StandInLoan(12, 5012, date(2026, 1, 5), [Instalment(1, date(2026, 2, 4), 35_000)])
    paid = Transaction(99, today, 12_345)
    told: dict[str, tuple[str, wire.Record]] = {
        "LoanTransactionMakeRepaymentPostBusinessEvent": ("transaction", wire.transaction_record(loan, paid)),
        "LoanAdjustTransactionBusinessEvent": ("adjustment", wire.adjustment_record(loan, paid)),
        "LoanDelinquencyRangeChangeBusinessEvent": ("range", wire.range_record(loan, today)),
        "LoanRepaymentDueBusinessEvent": ("due", wire.due_record(loan, loan.schedule[0])),
        "LoanStatusChangedBusinessEvent": ("account", wire.account(12)),
    }
    for number, (kind, (payload, record)) in enumerate(told.items()):
        message = wire.event(number, kind, wire.PAYLOADS[payload], record, today, at)
        (tmp_path / kind).write_bytes(message)
        (tmp_path / f"{kind}.framed").write_bytes(len(message).to_bytes(4, "big") + message)
    (tmp_path / "hook").write_bytes(wire.hook(loan, "REPAYMENT", 4711, 99, at)[1])
    return tmp_path


def fuzzed(samples: Path, project: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The fuzzer at work on a copy of the samples."""
    pytest.importorskip("atheris")
    fuzzer = Path(__file__).parent / "fuzz_fineract.py"
    # A process's peak of memory counts that of the one which started it: the limit is on single allocations.
    memory = ["-rss_limit_mb=0", "-malloc_limit_mb=256"]
    return subprocess.run(
        [sys.executable, fuzzer, f"-runs={RUNS}", "-seed=11", "-max_len=1200", *memory, str(samples)],
        cwd=samples.parent, env=os.environ | {"PYTHONPATH": str(project)} | environment,
        capture_output=True, text=True, check=False, timeout=280,
    )  # fmt: skip


class TestReaders:
    def test_raise_one_error_only_whatever_the_bytes(self, samples: Path, project: Path) -> None:
        done = fuzzed(samples, project)

        assert done.returncode == 0, done.stderr[-3000:]
        assert f"Done {RUNS}" in done.stderr

    def test_would_be_found_raising_another(self, samples: Path, project: Path) -> None:
        assert fuzzed(samples, project, LEEWAY_FUZZ_EXPECTS="nothing").returncode != 0
