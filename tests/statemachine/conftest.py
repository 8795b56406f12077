"""A house, a loan, and a case led into every stage by the core itself."""

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from lending.plan import PlanTerms
from lending.promise import PromiseTerms
from lending.risk import Tier
from lending.scorecard import Band, Expert, Scorecard, Tiers
from statemachine.agenda import WantContact, whats_next
from statemachine.case import Account, Case
from statemachine.decide import decide, open_case
from statemachine.decision import Decision
from statemachine.events import ContactMade
from statemachine.messages import EscalationDecided, PlanAccepted, VisitReported, Withdrawn
from statemachine.policy import HousePolicy, Revisits, RiskChoice, Rung
from statemachine.stage import Channel, Stage

sys.path.append(str(Path(__file__).parent))  # the reading of the ledger is imported by its name

MONDAY = datetime(2026, 3, 9, 2, tzinfo=UTC)  # 10:00 in Shanghai
E_MAIL_FIRST = (Channel.EMAIL, Channel.SMS)


def rung(step: str, stage: Stage, after_days: int) -> Rung:
    """A rung whose template is its stage's."""
    return Rung(step=step, stage=stage, after_days=after_days, channels=E_MAIL_FIRST, template=stage)


NOTICE = rung("notice", Stage.NOTICE, 0)
STANDARD = (
    NOTICE,
    rung("reminder_1", Stage.REMINDER, 5),
    rung("reminder_2", Stage.REMINDER, 7),
    rung("plan_offer", Stage.PLAN_OFFER, 7),
)
SHORT = (NOTICE, rung("plan_offer", Stage.PLAN_OFFER, 4))


@pytest.fixture(scope="session")
def house() -> HousePolicy:
    """Notice, two reminders, an offer; revisits after 30, 30 and then every 60 days; a person after three."""
    return HousePolicy(
        id="house",
        version=1,
        title="A house",
        long_overdue_days=90,
        strategies={"standard": STANDARD, "long_overdue": SHORT},
        revisits=Revisits(
            every_days=(30, 40, 60),
            channels=(Channel.PHONE, Channel.VISIT),
            template="revisit",
            escalate_after=4,
        ),
        plan=PlanTerms(instalments=4, grace_days=5, remind_before_days=3),
        promise=PromiseTerms(grace_days=2, threshold_percent=95),
    )


@pytest.fixture(scope="session")
def patient_house(house: HousePolicy) -> HousePolicy:
    """The same house, but its revisits go on for ever."""
    return house.model_copy(
        update={"revisits": house.revisits.model_copy(update={"escalate_after": None})},
    )


@pytest.fixture(scope="session")
def assessing_house(house: HousePolicy) -> HousePolicy:
    """The same house with a scorecard: what is owed against the income, and promises broken."""
    bands = {
        "broken_promises": (Band(at_least=1, points=30),),
        "balance_to_income_percent": (Band(at_least=50, points=30), Band(at_least=150, points=60)),
    }
    card = Scorecard(
        id="house",
        version=1,
        title="What is owed against the income, and promises broken",
        source=Expert(by="the house", basis="a test"),
        bands=bands,
        unknown_points=0,
        tiers=Tiers(medium_from=25, high_from=50),
    )
    chosen = {Tier.LOW: "gentle", Tier.MEDIUM: "standard", Tier.HIGH: "plan_first"}
    gentle = (NOTICE, rung("reminder_1", Stage.REMINDER, 10))
    return house.model_copy(
        update={
            "strategies": {"standard": STANDARD, "gentle": gentle, "plan_first": SHORT},
            "risk": RiskChoice(scorecard=card, strategy=chosen),
        }
    )


@pytest.fixture(scope="session")
def account() -> Account:
    """1000.00 CNY, ten days overdue on Monday, every channel on record."""
    return Account(
        lender="harbour",
        loan_id="L-1",
        borrower_id="B-1",
        episode=1,
        balance_minor=100_000,
        currency="CNY",
        overdue_since=date(2026, 2, 27),
        zones=("Asia/Shanghai",),
        channels=tuple(Channel),
        language="zh-CN",
        monthly_income_minor=100_000,
    )


@pytest.fixture(scope="session")
def monday() -> datetime:
    """When cases open here: Monday 2026-03-09, 10:00 in Shanghai."""
    return MONDAY


@pytest.fixture(scope="session")
def case(account: Account, house: HousePolicy) -> Case:
    """A case just opened."""
    return open_case(account, MONDAY, house).case


def _contact_made(case: Case, house: HousePolicy, late: timedelta = timedelta()) -> Decision:
    wanted = whats_next(case, house, case.wanted_at)
    assert isinstance(wanted, WantContact), wanted
    at = wanted.from_at + late
    event = ContactMade(contact=wanted.contact, at=at, planned_at=wanted.from_at)
    return decide(case, event, at, house)


@pytest.fixture(scope="session")
def contact_made() -> Callable[..., Decision]:
    """(case, house, late) -> the decision after the contact the case wants was made, as soon as it was wanted."""
    return _contact_made


@pytest.fixture(scope="session")
def cases(case: Case, house: HousePolicy) -> dict[Stage, Case]:
    """A case in every stage, led there by contacts and messages."""
    found = {case.stage: case}
    for _ in range(len(STANDARD)):
        case = _contact_made(case, house).case
        found[case.stage] = case
    for message in (
        VisitReported(result="met", next_step="escalate"),
        EscalationDecided(decision="back_to_revisit", by="Ms Tan"),
        PlanAccepted(),
        Withdrawn(reason="sold"),
    ):
        case = decide(case, message, case.wanted_at, house).case
        found[case.stage] = case
    assert set(found) == set(Stage)
    return found
