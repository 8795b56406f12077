"""The worker: the workflow, its one activity, and everything they are wired to."""

import dataclasses
from collections.abc import Mapping
from datetime import timedelta

from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.carry_out import CarryingOut
from activities.door import Door
from contracts.case_run import TASK_QUEUE
from contracts.lender_voice import LenderVoice
from contracts.page_link import PageLinks
from gateways.mail import MailGateway
from gateways.receipt import Gateway
from gateways.rule_book import RuleBook
from gateways.sms import SmsGateway
from ledger.store import Ledger
from statemachine.stage import Channel
from workflows.follow_case import FollowCase

_TASKS_AT_ONCE = 16
"""Python works on one at a time: a task that the worker has taken and not begun uses up the seconds it must end in,
while one that the server still keeps may wait."""

# A module imported inside the sandbox would be imported again for every case; starting fails and names it instead.
_NOTHING_SLIPS_IN = dataclasses.replace(
    SandboxRestrictions.default,
    import_notification_policy=workflow.SandboxImportNotificationPolicy.RAISE_ON_UNINTENTIONAL_PASSTHROUGH,
)


def ways_out(smtp_url: str, mail_from: str, sms_url: str, sms_token: str) -> dict[Channel, Gateway]:
    """The channels that are sent; phone and visit are tasks for people."""
    return {Channel.EMAIL: MailGateway(smtp_url, mail_from), Channel.SMS: SmsGateway(sms_url, sms_token)}


def case_worker(
    client: Client, ledger: Ledger, gateways: Mapping[Channel, Gateway], voice: LenderVoice,
    *, rule_book: RuleBook | None = None, task_queue: str = TASK_QUEUE, cached_cases: int = 1000,
    links: PageLinks | None = None,
) -> Worker:  # fmt: skip
    """A worker ready to run; use it as an async context manager. Without `links` messages carry none."""
    carrying_out = CarryingOut(ledger, Door(ledger, gateways, voice, rule_book or RuleBook.shipped(), links))
    return Worker(
        client,
        task_queue=task_queue,
        workflows=[FollowCase],
        activities=[carrying_out.carry_out],
        workflow_runner=SandboxedWorkflowRunner(restrictions=_NOTHING_SLIPS_IN),
        max_cached_workflows=cached_cases,
        max_concurrent_workflow_tasks=_TASKS_AT_ONCE,
        graceful_shutdown_timeout=timedelta(seconds=30),
    )
