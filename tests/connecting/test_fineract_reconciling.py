"""A round over a Fineract book: what a case does not know is told to it, once, and nothing else is."""

from random import Random

import pytest
from beside_fineract import Beside

from contracts.loan_event import BalanceStated, LoanClosed, LoanOverdue, PaymentPosted, PaymentReversed
from entrypoints.fineract import reconciling
from gateways.fineract.book import BookLoan
from gateways.fineract.refusal import FineractUnavailable
from statemachine import messages


class TestRound:
    async def test_tells_of_every_overdue_loan_without_a_case(self, beside: Beside) -> None:
        beside.lends(12, 20, 50)
        beside.lends(13, -5)

        report = await beside.rounds()

        (event,) = beside.told
        assert isinstance(event, LoanOverdue)
        told = event.loan
        assert (told.loan_id, told.borrower_id, told.balance_minor, told.currency) == (
            "12",
            "12",
            100_000,
            "CNY",
        )
        assert (beside.book.today - told.overdue_since).days == 50
        assert (told.email, told.phones, told.policy) == (
            "l12@example.test",
            ("+8613800138000",),
            "platform-c",
        )
        assert event.as_of == beside.book.now()
        assert report.lines == [
            f"loan 12: 1000.00 CNY overdue since {told.overdue_since} in the book and no open case: told"
        ]

    async def test_says_nothing_once_book_and_case_agree(self, beside: Beside) -> None:
        await beside.opens(beside.lends(12, 20))

        report = await beside.rounds()

        assert (beside.told, report.lines, report.loans) == ([], [], 1)

    async def test_waits_for_the_days_of_grace(self, beside: Beside) -> None:
        loan = beside.lends(12, 3)
        loan.grace_days = 3

        await beside.rounds()
        assert beside.told == []

        beside.book.close_of_business()
        await beside.rounds()
        assert [one.kind for one in beside.told] == ["loan_overdue"]

    async def test_states_what_is_overdue_where_the_case_knows_another_sum(self, beside: Beside) -> None:
        loan = beside.lends(12, 20, -1)
        await beside.opens(loan)
        beside.book.close_of_business()
        beside.book.close_of_business()

        report = await beside.rounds()

        (event,) = beside.told
        assert isinstance(event, BalanceStated)
        assert (event.overdue_minor, event.overdue_since) == (100_000, loan.schedule[0].due_on)
        assert "overdue in the book: 1000.00 CNY since" in report.lines[0]

    async def test_tells_payments_before_the_balance_that_has_them(self, beside: Beside) -> None:
        loan = beside.lends(12, 20)
        case = await beside.opens(loan)
        paid = beside.book.repay(loan, 20_000)

        await beside.rounds()

        payment, balance = beside.told
        assert isinstance(payment, PaymentPosted)
        assert isinstance(balance, BalanceStated)
        assert (payment.reference, payment.amount_minor) == (str(paid.id), 20_000)
        assert payment.received_at <= balance.as_of
        assert (balance.overdue_minor, case.case.balance_minor) == (30_000, 50_000)

    async def test_tells_of_a_reversal_of_what_the_case_knows(self, beside: Beside) -> None:
        loan = beside.lends(12, 20)
        case = await beside.opens(loan)
        paid = beside.book.repay(loan, 20_000)
        await case.told(messages.PaymentReceived(reference=str(paid.id), amount_minor=20_000, currency="CNY"))
        beside.book.reverse(loan, paid)

        await beside.rounds()

        reversal, balance = beside.told
        assert isinstance(reversal, PaymentReversed)
        assert isinstance(balance, BalanceStated)
        assert (reversal.payment, balance.overdue_minor) == (str(paid.id), 50_000)

    async def test_states_that_nothing_is_overdue_once_a_loan_is_paid_off(self, beside: Beside) -> None:
        loan = beside.lends(12, 20)
        await beside.opens(loan)
        beside.book.repay(loan, 50_000)

        await beside.rounds()

        payment, balance = beside.told
        assert isinstance(payment, PaymentPosted)
        assert isinstance(balance, BalanceStated)
        assert (balance.overdue_minor, balance.overdue_since) == (0, None)

    @pytest.mark.parametrize("how", ["charge_off", "write_off"])
    async def test_tells_that_the_lender_gave_a_loan_up(self, beside: Beside, how: str) -> None:
        loan = beside.lends(12, 20)
        await beside.opens(loan)
        getattr(beside.book, how)(loan)

        await beside.rounds()

        (closed,) = beside.told
        assert isinstance(closed, LoanClosed)
        assert closed.reason == "charged_off"

    async def test_names_what_it_cannot_use_and_goes_on(self, beside: Beside) -> None:
        beside.lends(12, 20)
        beside.lends(13, 20, amount_minor=1).currency = "XXQ"
        beside.lends(14, 20).client_id = 0
        beside.lends(15, 20)

        report = await beside.rounds()

        assert {one.loan_id for one in beside.told} == {"12", "15"}
        assert report.refused == 2
        assert "loan 13: delinquentAmount: currency 'XXQ' is not one of ISO 4217" in report.lines
        assert any(line.startswith("loan 14: loans/14: clientId: ") for line in report.lines)

    async def test_leaves_out_an_address_that_cannot_be_used(self, beside: Beside) -> None:
        beside.lends(12, 20)
        beside.book.clients[12].email = "no address"
        beside.book.clients[12].mobile = "n/a"
        beside.book.clients[12].street, beside.book.clients[12].city = "1 Nanjing Road", "Shanghai"

        await beside.rounds()

        (event,) = beside.told
        assert isinstance(event, LoanOverdue)
        assert (event.loan.email, event.loan.phones, event.loan.street) == (None, (), "1 Nanjing Road")

    async def test_asks_again_when_the_book_is_busy_broken_or_slow(self, beside: Beside) -> None:
        for number in range(1, 16):
            beside.lends(number, 20)
        beside.book.faults, beside.book.fault_rate = Random(5), 0.2

        await beside.rounds()

        assert len(beside.told) == 15

    async def test_that_was_stopped_goes_on_where_it_was(
        self, beside: Beside, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reconciling, "PAGE", 5)
        for number in range(1, 14):
            beside.lends(number, 20)
        loan = beside.api.loan

        async def dies_in_the_second_page(loan_id: int) -> BookLoan:
            if loan_id == 8:
                raise FineractUnavailable("HTTP 503")
            return await loan(loan_id)

        with monkeypatch.context() as patched:
            patched.setattr(beside.api, "loan", dies_in_the_second_page)
            with pytest.raises(FineractUnavailable):
                await beside.rounds()
        report = await beside.rounds()

        assert report.loans == 8
        assert {one.loan_id for one in beside.told} == {str(number) for number in range(1, 14)}


class TestAskedFor:
    async def test_loans_are_looked_at_once(self, beside: Beside) -> None:
        beside.lends(12, 20)
        beside.lends(13, 20)
        await beside.shelf.ask(12)
        await beside.shelf.ask(12)

        first, second = await beside.reconciling.asked_for(), await beside.reconciling.asked_for()

        assert [one.loan_id for one in beside.told] == ["12"]
        assert (first.loans, second.loans) == (1, 0)

    async def test_while_somebody_looks_stay_asked_for(self, beside: Beside) -> None:
        await beside.shelf.ask(12)
        ((loan_id, asks),) = await beside.shelf.looks("", 10)
        await beside.shelf.ask(12)
        await beside.shelf.looked(loan_id, asks)

        assert await beside.shelf.looks("", 10) == [("12", 2)]

    async def test_of_a_loan_that_is_not_in_the_book_nothing_comes(self, beside: Beside) -> None:
        await beside.shelf.ask(999)

        report = await beside.reconciling.asked_for()

        assert (report.loans, report.lines, beside.told) == (1, [], [])
