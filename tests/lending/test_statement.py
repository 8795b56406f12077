"""A budget: the groups of the Standard Financial Statement, typed by a person, strict, and without names."""

from datetime import date

import pytest
from pydantic import ValidationError

from lending.payday import MonthlyPay, Rhythm, WeeklyPay, days_after_payday, months_later
from lending.statement import Statement

TYPED = """
{"currency": "GBP", "household": {"adults": 2, "children": 1},
 "income": {"wages_minor": 180000}, "fixed_costs": {"housing_minor": 70000},
 "flexible_costs": {"personal_minor": 4000}, "savings_minor": 1000,
 "priority_arrears": [{"reference": "rent", "monthly_minor": 3000}],
 "other_debts": [{"reference": "card 1", "balance_minor": 60000, "asked_minor": 2500}],
 "pay": {"rhythm": "fortnightly", "paid_on": "2026-03-06"}}
"""


class TestStatement:
    def test_comes_back_from_the_wire_as_it_was(self) -> None:
        statement = Statement.model_validate_json(TYPED)

        assert statement == Statement.model_validate_json(statement.model_dump_json())
        assert WeeklyPay(rhythm=Rhythm.FORTNIGHTLY, paid_on=date(2026, 3, 6)) == statement.pay

    def test_needs_no_more_than_its_currency(self) -> None:
        assert 0 == Statement(currency="CNY").income.wages_minor

    @pytest.mark.parametrize(
        ("given", "field", "said"),
        [
            ({"income": {"wages_minor": -1}}, "income.wages_minor", "-1 is below zero: write what it is in a month"),
            ({"fixed_costs": {"water_minor": 10**12 + 1}}, "fixed_costs.water_minor", "write minor units of one month"),
            ({"income": {"wages_minor": 10.5}}, "income.wages_minor", "valid integer"),
            ({"income": {"wages_minor": True}}, "income.wages_minor", "valid integer"),
            ({"income": {"salary_minor": 1}}, "income.salary_minor", "not permitted"),
            ({"name": "Ms Chen"}, "name", "not permitted"),
            ({"currency": "XXX"}, "currency", "'XXX' is not an ISO 4217 code: write three capital letters"),
            ({"household": {"adults": 0}}, "household.adults", "greater than or equal to 1"),
            ({"pay": {"rhythm": "monthly", "day": 32}}, "pay.monthly.day", "32 is in no month: write a day from 1 to 31"),
            ({"pay": {"rhythm": "weekly", "paid_on": "2026-02-31"}}, "pay.weekly.paid_on", "outside expected range"),
            ({"other_debts": [{"reference": "a", "balance_minor": 0}]}, "other_debts.0.balance_minor", "0 is not owed"),
            ({"savings_minor": -5}, "savings_minor", "-5 is below zero"),
        ],
    )  # fmt: skip
    def test_with_a_mistake_names_the_field_the_value_and_what_to_write(
        self, given: dict[str, object], field: str, said: str
    ) -> None:
        with pytest.raises(ValidationError) as caught:
            Statement.model_validate({"currency": "GBP", **given})

        assert [field] == [".".join(map(str, item["loc"])) for item in caught.value.errors()]
        assert said in str(caught.value)

    @pytest.mark.parametrize(
        ("field", "item"),
        [("other_debts", {"balance_minor": 1}), ("priority_arrears", {"monthly_minor": 1})],
    )
    def test_names_each_debt_once(self, field: str, item: dict[str, int]) -> None:
        with pytest.raises(ValidationError, match=f"{field}: 'a' stands there twice"):
            Statement.model_validate({"currency": "GBP", field: [{"reference": "a", **item}] * 2})


class TestDaysAfterPayday:
    @pytest.mark.parametrize(
        ("day", "after_days", "due"),
        [
            (25, 1, ["2026-01-26", "2026-02-26", "2026-03-26"]),
            (31, 0, ["2026-01-31", "2026-02-28", "2026-03-31"]),
            (31, 1, ["2026-02-01", "2026-03-01", "2026-04-01"]),
            (30, 1, ["2026-01-31", "2026-03-01", "2026-03-31"]),
            (1, 0, ["2026-02-01", "2026-03-01", "2026-04-01"]),
        ],
    )
    def test_exist_and_follow_the_payday_of_a_short_month_too(
        self, day: int, after_days: int, due: list[str]
    ) -> None:
        found = days_after_payday(MonthlyPay(day=day), after_days, date(2026, 1, 10), date(2026, 4, 10))

        assert due == [str(one) for one in found][:3]

    def test_begin_after_the_first_day_and_end_on_the_last(self) -> None:
        found = days_after_payday(MonthlyPay(day=25), 1, date(2026, 1, 26), date(2026, 3, 26))

        assert (date(2026, 2, 26), date(2026, 3, 26)) == found

    @pytest.mark.parametrize("paid_on", [date(2026, 3, 6), date(2025, 1, 10), date(2027, 3, 5)])
    def test_of_fortnightly_pay_are_fourteen_days_apart_whichever_payday_is_named(
        self, paid_on: date
    ) -> None:
        pay = WeeklyPay(rhythm=Rhythm.FORTNIGHTLY, paid_on=paid_on)

        found = days_after_payday(pay, 1, date(2026, 3, 7), date(2026, 4, 10))

        assert (date(2026, 3, 21), date(2026, 4, 4)) == found

    def test_are_none_where_the_time_is_too_short(self) -> None:
        assert () == days_after_payday(MonthlyPay(day=25), 1, date(2026, 1, 26), date(2026, 2, 25))


class TestMonthsLater:
    def test_takes_the_last_day_of_a_shorter_month(self) -> None:
        assert date(2028, 2, 29) == months_later(date(2027, 12, 31), 2)
