"""Fineract's hooks: no id, no signature. They say which loan to look at, and nothing else is taken from them."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.fineract.hook import LONGEST_BYTES, read_hook
from gateways.fineract.refusal import FineractRefused
from simulator import fineract_wire as wire
from simulator.fineract_loan import StandInLoan

LOAN = StandInLoan(12, 5012, date(2026, 1, 5), [])
HEADERS, BODY = wire.hook(LOAN, "REPAYMENT", 4711, 99, datetime(2026, 11, 2, tzinfo=UTC))


class TestHook:
    def test_says_the_loan_the_command_and_the_tenant(self) -> None:
        hook = read_hook(HEADERS, BODY)

        assert (hook.tenant, hook.entity, hook.action, hook.loan_id) == ("default", "LOAN", "REPAYMENT", 12)
        assert hook.key == "default/4711"
        assert not hook.is_failure

    def test_may_have_the_older_headers(self) -> None:
        older = {
            "X-Mifos-Entity": "LOAN",
            "X-Mifos-Action": "REPAYMENT",
            "X-Mifos-Platform-TenantId": "default",
        }

        assert read_hook(older, BODY) == read_hook(HEADERS, BODY)

    def test_without_a_command_id_is_known_by_its_content(self) -> None:
        first = {"response": {"loanId": 12}, "timestamp": "2026-11-02T09:00:00Z", "createdBy": 1}
        again = dict(reversed(first.items()))
        other = first | {"timestamp": "2026-11-02T09:00:01Z"}
        keys = [read_hook(HEADERS, json.dumps(body).encode()).key for body in (first, again, other)]

        assert keys[0] == keys[1]
        assert keys[0] != keys[2]

    def test_of_a_loan_names_it_as_its_resource_where_it_names_it_nowhere_else(self) -> None:
        body = json.dumps({"response": {"resourceId": 12}}).encode()

        assert read_hook(HEADERS, body).loan_id == 12
        assert read_hook(HEADERS | {"X-Fineract-Entity": "CLIENT"}, body).loan_id is None

    def test_of_a_command_that_failed_says_so(self) -> None:
        body = json.dumps({"status": "Exception", "response": {"errorCode": "x", "statusCode": 400}}).encode()

        assert read_hook(HEADERS, body).is_failure

    @pytest.mark.parametrize(
        ("headers", "body", "said"),
        [
            ({}, BODY, "Fineract-Platform-TenantId: 1 to 100"),
            (HEADERS | {"X-Fineract-Entity": "LÖAN"}, BODY, "X-Fineract-Entity: 1 to 100"),
            (HEADERS, b"entityName=LOAN", "body: not JSON; set the hook's Content Type to json"),
            (HEADERS, b"[]", "body: a JSON object"),
            (HEADERS, b"[" * 100_000, "body: not JSON"),
            (HEADERS, b" " * (LONGEST_BYTES + 1), "body: .* at most"),
        ],
    )
    def test_that_is_none_is_refused(self, headers: dict[str, str], body: bytes, said: str) -> None:
        with pytest.raises(FineractRefused, match=said):
            read_hook(headers, body)

    @given(st.binary(max_size=200) | st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
           lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(("response", "loanId", "commandId", "status", "x")), inner)))  # fmt: skip
    def test_of_any_body_raises_one_error_only(self, body: Any) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        try:
            hook = read_hook(HEADERS, raw)
        except FineractRefused:
            return
        assert hook.loan_id is None or hook.loan_id > 0
