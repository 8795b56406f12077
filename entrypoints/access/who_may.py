"""Who may use which route. A route that is missing here is not served at all, and a test names it."""

from collections.abc import Mapping
from types import MappingProxyType

from entrypoints.access.role import RIGHTS, Right, Role

ANYBODY = None
"""No key is asked for: either nothing is told, or the address or a signature is the key."""

WHO_MAY: Mapping[str, Right | None] = MappingProxyType(
    {
        "GET /healthz": ANYBODY,
        "GET /readyz": ANYBODY,
        "GET /metrics": ANYBODY,  # counts and times, of no lender, loan or person
        "GET /openapi.json": ANYBODY,
        "POST /v1/webhooks/{source}": ANYBODY,  # signed
        "GET /v1/calendars/{token}.ics": ANYBODY,  # a secret address
        "POST /v1/fineract/{given}/hooks": ANYBODY,  # a secret address
        "POST /v1/fineract/{given}/events": ANYBODY,  # a secret address
        "POST /v1/cases": Right.FEED,
        "POST /v1/cases/bulk": Right.FEED,
        "POST /v1/payments": Right.FEED,
        "POST /v1/payments/reversals": Right.FEED,
        "GET /v1/cases": Right.READ_CASES,
        "GET /v1/cases/{loan_id}": Right.READ_CASES,
        "GET /v1/cases/{loan_id}/explanation": Right.READ_CASES,
        "GET /v1/cases/{loan_id}/timeline": Right.READ_CASES,
        "GET /v1/cases/{loan_id}/events": Right.READ_CASES,
        "GET /v1/cases/{loan_id}/dossier": Right.READ_PEOPLE,
        "POST /v1/cases/{loan_id}/messages": Right.FEED,  # and what the kind of message needs: `right_to_tell`
        "POST /v1/contact/check": Right.READ_RULES,
        "POST /v1/contact/calendar": Right.READ_RULES,
        "POST /v1/plan/quote": Right.READ_RULES,
        "GET /v1/policies": Right.READ_RULES,
        "GET /v1/policies/{policy}": Right.READ_RULES,
        "GET /v1/rule-packs": Right.READ_RULES,
        "GET /v1/rule-packs/{jurisdiction}": Right.READ_RULES,
        "GET /v1/kpis": Right.READ_CASES,
        "GET /v1/tasks": Right.READ_PEOPLE,
        "GET /v1/tasks/{task_id}": Right.READ_PEOPLE,
        "POST /v1/tasks/{task_id}/claim": Right.WORK_TASKS,
        "POST /v1/tasks/{task_id}/done": Right.WORK_TASKS,
        "POST /v1/tasks/{task_id}/undo": Right.WORK_TASKS,
        "POST /v1/tasks/{task_id}/hand-on": Right.WORK_TASKS,
        "GET /v1/inbox": Right.READ_CASES,
        "GET /v1/inbox/{inbound_id}": Right.READ_PEOPLE,
        "POST /v1/inbox/{inbound_id}/replay": Right.FEED,
        "POST /v1/receipts": Right.FEED,
        "GET /v1/receipts/parked": Right.READ_CASES,
        "GET /v1/keys": Right.MANAGE,
        "POST /v1/keys": Right.MANAGE,
        "DELETE /v1/keys/{key_id}": Right.MANAGE,
    }
)


def roles_with(right: Right) -> tuple[Role, ...]:
    """The roles that have the right, in the order of the table of roles."""
    return tuple(role for role, rights in RIGHTS.items() if right in rights)
