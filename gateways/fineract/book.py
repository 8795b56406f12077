"""What Fineract's read model says of a loan and of a client: the fields Leeway reads, whatever else is there."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from gateways.fineract.amount import exact_minor
from gateways.fineract.refusal import FineractRefused


def _day(value: object) -> object:
    """Fineract writes a day as [2026, 11, 2]; newer parts of it as text."""
    if isinstance(value, list | tuple) and len(value) == 3 and all(isinstance(part, int) for part in value):
        try:
            return date(*value)
        except (ValueError, OverflowError):
            raise ValueError("no day of any month") from None
    return date.fromisoformat(value) if isinstance(value, str) else value


def _number(value: object) -> object:
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


Day = Annotated[date, BeforeValidator(_day), Field(ge=date(1970, 1, 2), lt=date(2200, 1, 1))]
Amount = Annotated[Decimal, BeforeValidator(_number)]
Id = Annotated[int, Field(gt=0, lt=2**63)]


Model = TypeVar("Model", bound=BaseModel)


class BookPart(BaseModel):
    """A part of an answer: Fineract's names in camel case, and whatever else it says passed over."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", alias_generator=to_camel)


class Currency(BookPart):
    """Of a loan."""

    code: str


class Status(BookPart):
    """Where a loan is in its life."""

    active: bool = False
    closed_obligations_met: bool = False
    closed_written_off: bool = False
    closed_rescheduled: bool = False
    overpaid: bool = False


class Timeline(BookPart):
    """Days of its life."""

    actual_disbursement_date: Day | None = None
    closed_on_date: Day | None = None
    charged_off_on_date: Day | None = None


class PausePeriod(BookPart):
    """Days on which no delinquency is counted, from the first to before the last."""

    active: bool = False
    pause_period_start: Day
    pause_period_end: Day


class Delinquent(BookPart):
    """What is overdue. `delinquentDate` lies the product's days of grace behind the oldest unpaid due date."""

    past_due_days: Annotated[int, Field(ge=0)] = 0
    past_due_date: Day | None = None
    delinquent_date: Day | None = None
    delinquent_amount: Amount = Decimal(0)
    delinquency_pause_periods: list[PausePeriod] | None = None


class TransactionType(BookPart):
    """What a transaction is; a payment is what the borrower's money is."""

    repayment: bool = False
    down_payment: bool = False
    recovery_repayment: bool = False

    @property
    def is_payment(self) -> bool:
        """Whether it is money from the borrower: refunds, credits and waivers only change what is overdue."""
        return self.repayment or self.down_payment or self.recovery_repayment


class Transaction(BookPart):
    """One line of the loan's account."""

    id: Id
    type: TransactionType
    date: Day
    amount: Amount
    manually_reversed: bool = False
    reversed_on_date: Day | None = None


class BookLoan(BookPart):
    """One loan."""

    id: Id
    client_id: Id | None = None
    loan_product_name: str | None = None
    currency: Currency
    status: Status
    timeline: Timeline = Timeline()
    grace_on_arrears_ageing: Annotated[int, Field(ge=0, le=3660)] | None = None
    charged_off: bool | None = None
    delinquent: Delinquent = Delinquent()
    transactions: list[Transaction] | None = None

    @property
    def overdue_minor(self) -> int:
        """What is overdue, in minor units; nothing once the loan has ended or was charged off. Raises FineractRefused."""
        if self.ended or self.overdue_since is None:
            return 0
        return exact_minor(self.delinquent.delinquent_amount, self.currency.code, "delinquentAmount")

    @property
    def overdue_since(self) -> date | None:
        """The oldest unpaid due date."""
        told = self.delinquent
        if told.past_due_date or not told.delinquent_date:
            return told.past_due_date
        return told.delinquent_date - timedelta(days=self.grace_on_arrears_ageing or 0)

    @property
    def is_chased(self) -> bool:
        """Whether something is overdue for longer than the product's days of grace."""
        late = self.delinquent.past_due_days > (self.grace_on_arrears_ageing or 0)
        return self.status.active and late and self.overdue_minor > 0

    @property
    def ended(self) -> Literal["paid", "charged_off", "cancelled"] | None:
        """How the loan ended, None while it has not."""
        if self.status.closed_obligations_met or self.status.overpaid:
            return "paid"
        if self.status.closed_written_off or self.charged_off:
            return "charged_off"
        return "cancelled" if self.status.closed_rescheduled else None


class ListedLoan(BookPart):
    """One row of the list of loans."""

    class Summary(BookPart):
        """The sums of the list."""

        total_overdue: Amount | None = None

    id: Id
    status: Status
    in_arrears: bool | None = None
    summary: Summary | None = None

    @property
    def may_be_overdue(self) -> bool:
        """Whether the loan itself should be asked for."""
        owes = self.summary is not None and bool(self.summary.total_overdue)
        return self.status.active and (bool(self.in_arrears) or owes)


class BookClient(BookPart):
    """Who owes."""

    id: Id
    display_name: str
    mobile_no: str | None = None
    email_address: str | None = None


class BookAddress(BookPart):
    """Where a client lives, where the book keeps addresses."""

    is_active: bool = True
    street: str | None = None
    address_line1: str | None = None
    address_line2: str | None = None
    city: str | None = None
    postal_code: str | None = None

    @property
    def way(self) -> str | None:
        """Street and house as a visitor finds them."""
        return ", ".join(filter(None, (self.address_line1, self.address_line2, self.street))) or None


class Debtor(NamedTuple):
    """Who owes, and where they live where that is known."""

    client: BookClient
    address: BookAddress | None = None


def read(model: type[Model], body: Any, place: str) -> Model:
    """`body` as the model. Raises FineractRefused with the first field that cannot be used, never its value."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False, include_url=False)[0]
        field = ".".join(map(str, first["loc"])) or "body"
        raise FineractRefused(f"{place}: {field}: {first['msg']}") from None
