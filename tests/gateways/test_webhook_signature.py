"""Rules of signed webhooks: who may say something, and until when."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from gateways.webhook_signature import BadSignature, WebhookKeys

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
OLD, NEW, OTHER = (f"whsec_{base64.b64encode(bytes([n]) * 32).decode()}" for n in (1, 2, 3))
KEYS = WebhookKeys.read(f"core={OLD}, core={NEW},bank={OTHER}")
BODY = '{"amount": "1 €"}'.encode()


def headers(key: str = NEW, body: bytes = BODY, told_id: str = "msg_1", at: datetime = NOW) -> dict[str, str]:
    signature = Webhook(key).sign(told_id, at, body.decode())
    return {
        "webhook-id": told_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature,
    }


def refused(told: dict[str, str], body: bytes = BODY, source: str = "core", now: datetime = NOW) -> bool:
    try:
        KEYS.checked(source, told, body, now)
    except BadSignature:
        return True
    return False


class TestASignature:
    @pytest.mark.parametrize("key", [OLD, NEW])
    def test_of_any_key_of_the_source_lets_the_webhook_in(self, key: str) -> None:
        assert KEYS.checked("core", headers(key), BODY, NOW) == "msg_1"

    def test_stands_among_others_while_the_sender_changes_keys(self) -> None:
        told = headers()
        told["webhook-signature"] = f"v1a,AAAA nonsense v1,AAAA {told['webhook-signature']}"

        assert not refused(told)

    @pytest.mark.parametrize(
        "change",
        [
            {"webhook-id": "msg_2"},
            {"webhook-id": ""},
            {"webhook-id": "x" * 201},
            {"webhook-timestamp": str(int(NOW.timestamp()) + 1)},
            {"webhook-timestamp": "soon"},
            {"webhook-timestamp": "9" * 30},
            {"webhook-timestamp": "-1"},
            {"webhook-signature": ""},
            {"webhook-signature": "v1,"},
            {"webhook-signature": "v1,é"},
            {"webhook-signature": "v1"},
        ],
    )
    def test_holds_for_this_id_this_instant_and_nothing_else(self, change: dict[str, str]) -> None:
        assert refused(headers() | change)

    def test_of_another_source_or_for_one_without_keys_lets_nobody_in(self) -> None:
        assert refused(headers(OTHER))
        assert refused(headers(), source="bank")
        assert refused(headers(), source="nobody")
        assert refused(headers(), body=BODY + b" ")
        assert refused(headers(), body=b"\xff")

    @pytest.mark.parametrize(("seconds", "is_late"), [(300, False), (301, True), (-300, False), (-301, True)])
    def test_is_good_for_five_minutes_before_and_after(self, seconds: int, is_late: bool) -> None:
        assert refused(headers(), now=NOW + timedelta(seconds=seconds)) is is_late

    @given(st.dictionaries(st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), st.text()),
           st.binary(max_size=200))  # fmt: skip
    def test_that_is_made_up_is_refused_and_nothing_else_happens(
        self, told: dict[str, str], body: bytes
    ) -> None:
        assert refused(told, body)


class TestKeys:
    @pytest.mark.parametrize(
        "text", ["core", "core=secret", "Core=" + OLD, f"core={OLD};bank={NEW}", "core=whsec_AAAA"]
    )
    def test_that_cannot_be_used_are_named_by_place_and_never_shown(self, text: str) -> None:
        with pytest.raises(ValueError, match="LEEWAY_WEBHOOK_KEYS: entry 2") as told:
            WebhookKeys.read(f"core={OLD},{text}")

        assert "whsec_A" not in str(told.value)

    def test_may_be_none(self) -> None:
        with pytest.raises(BadSignature):
            WebhookKeys.read("").checked("core", headers(), BODY, NOW)
