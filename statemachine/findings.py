"""What a person learns by calling or visiting: a checklist. The words are for those who help, not for everybody."""

from typing import Literal

from lending.value import Strict
from statemachine.message import Text

Income = Literal["none", "less", "unchanged", "more"]
Willingness = Literal["willing", "unsure", "unwilling"]


class Findings(Strict):
    """The checklist of a call or a visit; what was not spoken of is left out.

    `income` is compared with what the lender knew. `support_needs` says what would help, not the diagnosis: it is for
    few eyes, stays in the case and never stands in the ledger.
    """

    situation: Text = ""
    income: Income | None = None
    household: Text = ""
    support_needs: Text = ""
    willingness: Willingness | None = None
    wishes: Text = ""

    @property
    def choices(self) -> dict[str, str]:
        """What was chosen from a list, by name."""
        chosen = {"income": self.income, "willingness": self.willingness}
        return {name: value for name, value in chosen.items() if value is not None}

    def words(self, situation: str = "") -> str:
        """What was written freely, as one text, but for the support needs. `situation` is a word told beside the list."""
        first = "; ".join(text for text in (situation, self.situation) if text)
        rest = {"household": self.household, "wishes": self.wishes}
        return "; ".join(
            text for text in (first, *(f"{name}: {told}" for name, told in rest.items() if told)) if text
        )
