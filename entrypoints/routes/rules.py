"""`/v1/policies` and `/v1/rule-packs`: the rules that Leeway keeps to, as they are in force here."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path

from compliance.pack import RulePack
from entrypoints.access.gate import Calling, guarded
from entrypoints.problem import Problem
from entrypoints.routes.paging import Paged
from gateways.policy_file import Policy

PolicyId = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", examples=["platform-a"])]
Jurisdiction = Annotated[str, Path(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$", examples=["CN"])]


def rule_routes(policies: Mapping[str, Policy], packs: Mapping[str, RulePack]) -> APIRouter:
    """House policies and rule packs, to read: files change them, under review."""
    routes = guarded("/v1", "rules")

    @routes.get("/policies")
    async def all_policies(caller: Calling, pages: Paged) -> list[dict[str, Any]]:
        """Every house policy by name; a case is pinned to one of them."""
        rows = [{"policy": name, "name": one.house.name} for name, one in policies.items()]
        return pages.of(rows, lambda row: (row["policy"],), str)

    @routes.get("/policies/{policy}")
    async def one_policy(caller: Calling, policy: PolicyId) -> dict[str, Any]:
        """A house policy whole."""
        if policy not in policies:
            raise Problem(404, f"policy: {policy} is none of {', '.join(sorted(policies))}")
        found = policies[policy]
        return {"policy": policy, "house": found.house.model_dump(mode="json"),
                "contact": found.contact.model_dump(mode="json")}  # fmt: skip

    @routes.get("/rule-packs")
    async def all_packs(caller: Calling, pages: Paged) -> list[dict[str, Any]]:
        """Every rule pack: whose law it is, how many rules it has, and the hash of its content."""
        rows = [
            {"jurisdiction": place, "title": pack.title, "rules": len(pack.rules), "sha256": pack.sha256()}
            for place, pack in packs.items()
        ]
        return pages.of(rows, lambda row: (str(row["jurisdiction"]),), str)

    @routes.get("/rule-packs/{jurisdiction}")
    async def one_pack(caller: Calling, jurisdiction: Jurisdiction) -> dict[str, Any]:
        """A rule pack whole: rules, citations and the dates from which they bind."""
        if jurisdiction not in packs:
            raise Problem(404, f"jurisdiction: {jurisdiction} is none of {', '.join(sorted(packs))}")
        return packs[jurisdiction].model_dump(mode="json")

    return routes
