"""Rules of an overdue loan on the wire."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from contracts.loan import OverdueLoan

LOAN = OverdueLoan(
    lender="demo",
    loan_id="A-1001",
    borrower_id="B-101",
    name="阿依古丽·买买提",
    balance_minor=128_000,
    currency="CNY",
    overdue_since=date(2026, 3, 2),
    email="ayiguli@example.com",
    phones=("+8612000000001", "+8612000000002"),
    language="zh-CN",
    country="CN",
    subdivision="XJ",
    street="葡萄沟路5号",
    city="乌鲁木齐",
    postcode="830002",
    zones=("Asia/Shanghai", "Asia/Urumqi"),
    policy="platform-a",
    monthly_income_minor=540_000,
    monthly_outgoings_minor=0,
    earlier_delinquencies=2,
)


def changed(**fields: Any) -> OverdueLoan:
    return OverdueLoan.model_validate({**LOAN.model_dump(), **fields})


class TestOverdueLoan:
    def test_comes_back_from_json_as_it_went(self) -> None:
        assert OverdueLoan.model_validate_json(LOAN.model_dump_json()) == LOAN

    def test_may_lack_addresses_and_zones(self) -> None:
        """Such a case shows as stalled; refusing it here would lose the loan."""
        unknown = changed(
            email=None, phones=(), subdivision=None, street=None, city=None, postcode=None, zones=()
        )
        assert (unknown.street, unknown.zones) == (None, ())

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("lender", "Demo"),
            ("loan_id", "ann@example.com"),
            ("loan_id", "a:b"),
            ("loan_id", "a b"),
            ("loan_id", "a\n"),
            ("loan_id", "x" * 65),
            ("borrower_id", ""),
            ("name", " "),
            ("name", "Ann\r\nBcc: all@example.com"),
            ("name", "\u202egnp.exe"),
            ("name", "x" * 201),
            ("street", ""),
            ("street", "x" * 201),
            ("street", "5 Elm Row\r\nATTACH:http://example.com"),
            ("city", "\u202ekroY"),
            ("city", "x" * 101),
            ("postcode", "\x00"),
            ("postcode", "x" * 21),
            ("balance_minor", 0),
            ("balance_minor", -1),
            ("balance_minor", 12.0),
            ("balance_minor", "12"),
            ("balance_minor", True),
            ("balance_minor", 2**53),
            ("currency", "cny"),
            ("currency", "XXX"),
            ("overdue_since", "2026-03-02"),
            ("email", "a@b@example.com"),
            ("email", "Ann <ann@example.com>"),
            ("email", "ann@localhost"),
            ("email", "ann@example.com\n"),
            ("phones", ("13800138000",)),
            ("phones", ("+12345",)),
            ("phones", ("+1234567890123456",)),
            ("phones", ("+8612000000001", "+8612000000001")),
            ("language", "zh"),
            ("country", "CHN"),
            ("subdivision", "CN-XJ"),
            ("zones", ("../../etc/passwd",)),
            ("zones", ("Asia/Shanghai", "Asia/Shanghai")),
            ("policy", "Platform A"),
            ("monthly_income_minor", -1),
            ("earlier_delinquencies", -1),
            ("nickname", "x"),
        ],
    )
    def test_refuses_and_names_a_field_that_breaks_a_rule(self, field: str, value: object) -> None:
        with pytest.raises(ValidationError) as raised:
            changed(**{field: value})

        assert [error["loc"][0] for error in raised.value.errors()] == [field]
