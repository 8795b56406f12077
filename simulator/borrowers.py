"""Simulated borrowers: a seed and a loan id make a person, and the same person always answers the same way."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from simulator import field_team
from statemachine.case import Case

Message = Mapping[str, Any]


@dataclass(frozen=True)
class Reply:
    """What a borrower says or does, some days after a contact."""

    after: timedelta
    message: Message


@dataclass(frozen=True)
class Contacted:
    """A contact as the borrower sees it. `number` counts the case's contacts from 1."""

    step: str
    channel: str
    number: int


class Borrower:
    """One person with a temperament."""

    def __init__(self, seed: int, loan_id: str) -> None:
        self._person = f"{seed}/{loan_id}"
        self._loan_id = loan_id
        self._random = random.Random(self._person)
        self.temperament = self._random.choice(list(_TEMPERAMENTS))

    def answers(self, contact: Contacted, case: Case) -> list[Reply]:
        """What comes back after this contact; nothing, often."""
        self._asked(contact.step)
        return [*self._visited(contact), *_TEMPERAMENTS[self.temperament](self, contact, case)]

    def instalment_paid(self, number: int, amount_minor: int, case: Case) -> Message | None:
        """The payment of a running plan's instalment; some people miss one."""
        self._asked(f"plan {case.plans_made} {number}")
        keeps = self.temperament in ("asks_for_plan", "in_difficulty") or self._random.random() < 0.5
        return self._payment(f"plan{case.plans_made}-{number}", amount_minor, case) if keeps else None

    def _asked(self, question: str) -> None:
        # Chance anew for each question: the order in which questions come changes nothing.
        self._random = random.Random(f"{self._person}/{question}")

    def _visited(self, contact: Contacted) -> list[Reply]:
        """What the field team tells of a call or visit, each try with a chance of its own."""
        if contact.channel not in ("phone", "visit"):
            return []
        chance = random.Random(f"{self._person}/{contact.step} {contact.number}")
        reference = f"{contact.step} {contact.number}"
        told = field_team.outcome(chance, contact.channel, self.temperament, reference)
        return [Reply(field_team.REPORTED_AFTER, told)] if told else []

    def _payment(self, name: str, amount_minor: int, case: Case) -> Message:
        return {"kind": "payment", "reference": f"{self._loan_id}-{name}", "amount_minor": amount_minor,
                "currency": case.account.currency}  # fmt: skip

    def _after_days(self, least: int, most: int) -> timedelta:
        return timedelta(days=self._random.randint(least, most), hours=self._random.randint(1, 9))

    def _pays(self, contact: Contacted, case: Case) -> list[Reply]:
        if contact.number < 3 and self._random.random() < 0.5:
            return []
        return [Reply(self._after_days(1, 4), self._payment("all", case.balance_minor, case))]

    def _pays_in_parts(self, contact: Contacted, case: Case) -> list[Reply]:
        part_minor = max(1, case.balance_minor // self._random.randint(2, 4))
        return [Reply(self._after_days(2, 6), self._payment(f"part{contact.number}", part_minor, case))]

    def _promises(self, contact: Contacted, case: Case) -> list[Reply]:
        if contact.number not in (2, 4):
            return []
        after = self._after_days(1, 2)
        due = self._random.randint(5, 12)
        promise = {"kind": "promise", "amount_minor": case.balance_minor, "due_in_days": due,
                   "reference": f"promise-{contact.number}"}  # fmt: skip
        kept = self._payment(f"promised{contact.number}", case.balance_minor, case)
        keeps = self._random.random() < 0.6
        return [Reply(after, promise), *([Reply(after + timedelta(days=due - 1), kept)] if keeps else [])]

    def _asks_for_plan(self, contact: Contacted, case: Case) -> list[Reply]:
        if not contact.step.startswith(("plan_offer", "counselling", "revisit")):
            return []
        after = self._after_days(1, 3)
        agrees = Reply(after + timedelta(days=1), {"kind": "plan_accepted", "reference": contact.step})
        budget = self._budget(contact, case) if contact.channel in ("phone", "visit") else None
        return [Reply(after, budget), agrees] if budget else [agrees]

    def _budget(self, contact: Contacted, case: Case) -> Message | None:
        """What a counsellor hears: the month as the lender has it on file, and a payday."""
        account = case.account
        if account.monthly_income_minor is None or account.monthly_outgoings_minor is None:
            return None
        housing_minor = account.monthly_outgoings_minor * 6 // 10
        statement = {
            "currency": account.currency,
            "income": {"wages_minor": account.monthly_income_minor},
            "fixed_costs": {"housing_minor": housing_minor},
            "flexible_costs": {
                "food_and_housekeeping_minor": account.monthly_outgoings_minor - housing_minor
            },
            "pay": {"rhythm": "monthly", "day": self._random.randint(1, 28)},
        }
        return {
            "kind": "budget",
            "statement": statement,
            "reference": f"budget {contact.step}",
            "by": "counsellor",
        }

    def _is_in_difficulty(self, contact: Contacted, case: Case) -> list[Reply]:
        if contact.number == 2:
            report = {"kind": "hardship_reported", "support_need": "time and one contact person",
                      "reference": "hardship"}  # fmt: skip
            return [Reply(self._after_days(1, 3), report)]
        return self._asks_for_plan(contact, case)

    def _disputes(self, contact: Contacted, case: Case) -> list[Reply]:
        if contact.number != 2:
            return []
        upheld = self._random.random() < 0.4
        opened = {"kind": "dispute_opened", "reason": "says the amount is wrong", "reference": "dispute"}
        closed = {
            "kind": "dispute_resolved",
            "result": "upheld" if upheld else "rejected",
            "reference": "answer",
        }
        after = self._after_days(1, 3)
        return [Reply(after, opened), Reply(after + self._after_days(10, 25), closed)]

    def _is_silent(self, contact: Contacted, case: Case) -> list[Reply]:
        return []


_TEMPERAMENTS: dict[str, Callable[[Borrower, Contacted, Case], list[Reply]]] = {
    "pays": Borrower._pays,
    "pays_in_parts": Borrower._pays_in_parts,
    "promises": Borrower._promises,
    "asks_for_plan": Borrower._asks_for_plan,
    "in_difficulty": Borrower._is_in_difficulty,
    "disputes": Borrower._disputes,
    "silent": Borrower._is_silent,
}
