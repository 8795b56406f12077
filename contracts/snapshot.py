"""What a case is pinned to when it opens: the house policy, its contact rules and a calendar, with one hash."""

import hashlib
from functools import cached_property

from compliance.calendar import WorkingCalendar
from compliance.house import ContactRules
from compliance.law import Law
from compliance.pack import RulePack
from lending.value import Value
from statemachine.policy import HousePolicy


class PolicySnapshot(Value):
    """Frozen rules. `calendar` None: the borrower's place has no known working days, and nobody is contacted."""

    house: HousePolicy
    contact: ContactRules
    calendar: WorkingCalendar | None
    law: tuple[RulePack, ...] = ()
    """The packs of the lender's and of the borrower's place."""

    @cached_property
    def effective(self) -> Law:
        """The rules to judge by, made once."""
        return Law(self.law, self.contact)

    def sha256(self) -> str:
        """The content hash under which the ledger keeps this snapshot."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()
