"""Twins of the workflow with one mistake each, such as a change in good faith might make. Replay must reject them."""

from datetime import timedelta

from temporalio import workflow

from contracts.case_run import WORKFLOW, CaseRun
from statemachine.decision import Decision
from workflows.follow_case import FollowCase


@workflow.defn(name=WORKFLOW)
class WaitsTwice(FollowCase):
    """One more timer before each wait."""

    @workflow.init
    def __init__(self, run: CaseRun) -> None:
        super().__init__(run)

    @workflow.run
    async def run(self, run: CaseRun) -> str:
        return await super().run(run)

    async def wait(self) -> None:
        await workflow.sleep(timedelta(seconds=1))
        await super().wait()


@workflow.defn(name=WORKFLOW)
class ActsBeforeItWaits(FollowCase):
    """The order of timer and activity swapped."""

    @workflow.init
    def __init__(self, run: CaseRun) -> None:
        super().__init__(run)

    @workflow.run
    async def run(self, run: CaseRun) -> str:
        return await super().run(run)

    async def wait(self) -> None:
        await self.record(Decision(case=self.case, lines=()))
        await super().wait()


@workflow.defn(name=WORKFLOW)
class WritesEveryMessageTwice(FollowCase):
    """One more activity for each batch of messages."""

    @workflow.init
    def __init__(self, run: CaseRun) -> None:
        super().__init__(run)

    @workflow.run
    async def run(self, run: CaseRun) -> str:
        return await super().run(run)

    async def record(self, decision: Decision) -> None:
        await super().record(decision)
        await super().record(decision)


@workflow.defn(name=WORKFLOW)
class ShowsEveryDecision(FollowCase):
    """Search attributes with every decision, not only when they change."""

    @workflow.init
    def __init__(self, run: CaseRun) -> None:
        super().__init__(run)

    @workflow.run
    async def run(self, run: CaseRun) -> str:
        return await super().run(run)

    def adopt(self, decision: Decision) -> None:
        self.shown = ("", (), "")
        super().adopt(decision)


TWINS = (WaitsTwice, ActsBeforeItWaits, WritesEveryMessageTwice, ShowsEveryDecision)
