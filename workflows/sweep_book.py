"""The sweep: a page, a pause, the next page. Its state is where it has come to, so a worker that dies costs one page."""

import itertools
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from contracts.sweep import SWEEP_PAGE, SWEEP_WORKFLOW, Part, SweepRun, Swept

PAGES_A_RUN = 100
"""Then it continues as new, so that its history stays short."""

_ONE_PAGE = timedelta(minutes=5)
_SILENT = timedelta(seconds=10)
_RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=5))


@workflow.defn(name=SWEEP_WORKFLOW)
class SweepBook:
    """Durable; the activity compares, and knows when to refuse."""

    @workflow.run
    async def run(self, sweep: SweepRun) -> Swept:
        """Until every part is over."""
        if not sweep.sweep_id:
            sweep = sweep.model_copy(update={"sweep_id": workflow.info().first_execution_run_id})
        for number in itertools.count(1):
            before = sweep.loans + sweep.cases
            sweep = await workflow.execute_activity(
                SWEEP_PAGE, sweep, result_type=SweepRun, start_to_close_timeout=_ONE_PAGE,
                heartbeat_timeout=_SILENT, retry_policy=_RETRY,
                summary=f"{sweep.part} after {sweep.after}" if sweep.after else sweep.part,
            )  # fmt: skip
            if sweep.part is Part.OVER:
                break
            looked_at = max(sweep.loans + sweep.cases - before, 1)
            await workflow.sleep(timedelta(seconds=looked_at / sweep.per_second))
            if number == PAGES_A_RUN:
                workflow.continue_as_new(sweep)
        return Swept(sweep_id=sweep.sweep_id, loans=sweep.loans, cases=sweep.cases, absent=sweep.absent)
