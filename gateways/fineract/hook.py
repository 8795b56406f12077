"""Fineract's hooks: a POST that says something was done to a loan. No id, no signature: it only says where to look."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from gateways.fineract.refusal import FineractRefused

LONGEST_BYTES = 256 * 1024


class Hook(NamedTuple):
    """`loan_id` None: it concerns no loan. `key` is the same for the same hook sent twice."""

    tenant: str
    entity: str
    action: str
    loan_id: int | None
    is_failure: bool
    key: str


def read_hook(headers: Mapping[str, str], body: bytes) -> Hook:
    """The hook in a request, in the header names of today (`X-Fineract-*`) and of before (`X-Mifos-*`).

    Raises FineractRefused where it is none.
    """
    named = {name.lower(): value for name, value in headers.items()}
    tenant = named.get("fineract-platform-tenantid") or named.get("x-mifos-platform-tenantid") or ""
    entity = named.get("x-fineract-entity") or named.get("x-mifos-entity") or ""
    action = named.get("x-fineract-action") or named.get("x-mifos-action") or ""
    for name, value in (
        ("Fineract-Platform-TenantId", tenant),
        ("X-Fineract-Entity", entity),
        ("X-Fineract-Action", action),
    ):
        if not 0 < len(value) <= 100 or not value.isascii() or not value.isprintable():
            raise FineractRefused(f"{name}: 1 to 100 printable ASCII characters are expected")
    told = _object(body)
    response = told["response"] if isinstance(told.get("response"), dict) else {}
    command = response.get("commandId")
    key = f"{tenant}/{command}" if _is_id(command) else f"{tenant}/{_hash(told)}"
    return Hook(tenant, entity, action, _loan(entity, response), told.get("status") == "Exception", key)


def _loan(entity: str, response: dict[str, Any]) -> int | None:
    """The loan itself, or the one that a command on something of it names; for LOAN the resource is the loan."""
    names = ("loanId", "resourceId") if entity.upper() == "LOAN" else ("loanId",)
    return next((response[name] for name in names if _is_id(response.get(name))), None)


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63


def _object(body: bytes) -> dict[str, Any]:
    if len(body) > LONGEST_BYTES:
        raise FineractRefused(f"body: {len(body)} bytes, at most {LONGEST_BYTES} are read")
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise FineractRefused("body: not JSON; set the hook's Content Type to json") from None
    if not isinstance(told, dict):
        raise FineractRefused("body: a JSON object is expected")
    return told


def _hash(told: dict[str, Any]) -> str:
    """Of the body in one canonical form, whatever order its fields were sent in."""
    canonical = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:40]
