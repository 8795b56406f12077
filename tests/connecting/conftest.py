"""A stand-in Fineract for each test."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))

from beside_fineract import Beside, beside_fineract

from ledger.store import Ledger
from simulator.outside import Outside


@pytest.fixture
async def beside(ledger: Ledger, outside: Outside) -> AsyncIterator[Beside]:
    """Leeway beside a Fineract book of this test's own."""
    async with beside_fineract(ledger, outside) as found:
        yield found
