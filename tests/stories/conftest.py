"""An office whose houses keep ordinary weeks: closed on weekends, no holidays, so that days can be counted."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

sys.path += [str(Path(__file__).parent), str(Path(__file__).parents[1] / "workflows")]

from case_on_server import Office

from gateways.policy_file import Policy, policies_in
from ledger.store import Ledger
from simulator.outside import Outside
from simulator.time import SkippedTime

WEEK = ("mon", "tue", "wed", "thu", "fri")


def on_weekdays(policy: Policy) -> Policy:
    """The policy with its windows open from Monday to Friday, whatever the calendar of the tests' day says."""
    windows = tuple(window.model_copy(update={"days": WEEK}) for window in policy.contact.windows)
    return policy.model_copy(update={"contact": policy.contact.model_copy(update={"windows": windows})})


@pytest.fixture(scope="session")
async def office(skipped_time: SkippedTime, ledger: Ledger, outside: Outside) -> AsyncIterator[Office]:
    """The office, with a worker at its task queue."""
    policies = {name: on_weekdays(policy) for name, policy in policies_in().items()}
    office = Office(skipped_time, ledger, outside, policies, task_queue="stories")
    async with office.worker():
        yield office
