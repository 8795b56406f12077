"""A bounced e-mail says which of our mails came back, and why: RFC 3464, as mail servers write it."""

from email import message_from_bytes
from email.policy import default
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.bounce_mail import NoBounce, read_bounce

KEY = "case:harbour:A-1001:1/notice/1"
OURS = f"<{sha256(KEY.encode()).hexdigest()[:40]}@harbour.example>"


def bounce(
    action: str = "failed", status: str = "5.1.1", returned: str = "message/rfc822", head: str | None = None,
    recipient: str = "Final-Recipient: rfc822; li.wei@example.test",
) -> bytes:  # fmt: skip
    """A notification as Postfix sends it."""
    head = f"From: care@harbour.example\nMessage-ID: {OURS}\nSubject: x" if head is None else head
    return f"""From: MAILER-DAEMON@mx.example
To: care@harbour.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Mon, 2 Mar 2026 09:00:00 +0000

{recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 <li.wei@example.test>: user unknown

--B
Content-Type: {returned}

{head}

Dear Li Wei
--B--
""".encode()


class TestBounce:
    @pytest.mark.parametrize(
        ("status", "word"),
        [
            ("5.1.1", "hard_bounce"), ("5.1.10", "hard_bounce"), ("5.2.1", "hard_bounce"), ("5.4.4", "hard_bounce"),
            ("5.2.2", "soft_bounce"), ("4.4.1", "soft_bounce"), ("4.2.2", "soft_bounce"),
            ("5.7.1", "rejected"), ("5.0.0", "rejected"), ("5.6.0", "rejected"),
        ],
    )  # fmt: skip
    def test_tells_by_its_code_whether_the_address_is_to_blame(self, status: str, word: str) -> None:
        receipt = read_bounce(bounce(status=status))
        assert receipt is not None
        assert (receipt.status, receipt.code, receipt.reference) == (word, status, OURS)

    @pytest.mark.parametrize("returned", ["message/rfc822", "text/rfc822-headers", "message/rfc822-headers"])
    def test_names_our_mail_by_what_came_back_whole_or_its_head(self, returned: str) -> None:
        receipt = read_bounce(bounce(returned=returned))
        assert receipt is not None
        assert receipt.mail_id == sha256(KEY.encode()).hexdigest()[:40]

    @pytest.mark.parametrize(
        ("recipient", "is_ours"),
        [
            ("Final-Recipient: rfc822; <Li.Wei@Example.test>", True),
            (
                "Original-Recipient: rfc822; li.wei@example.test\nFinal-Recipient: rfc822;li.wei@example.test",
                True,
            ),
            ("Original-Recipient: rfc822;li.wei@example.test", True),
            ("Final-Recipient: utf-8;li.wei@example.test", True),
            ("Final-Recipient: rfc822; li.wei@elsewhere.test", False),
            (
                "Original-Recipient: rfc822; li.wei@example.test\nFinal-Recipient: rfc822; old@elsewhere.test",
                False,
            ),
        ],
    )
    def test_tells_whose_address_failed(self, recipient: str, is_ours: bool) -> None:
        receipt = read_bounce(bounce(recipient=recipient))
        assert receipt is not None
        assert (receipt.status, receipt.is_about("li.wei@example.test")) == ("hard_bounce", is_ours)
        assert "li.wei" not in repr(receipt)

    @pytest.mark.parametrize(
        "recipient", ["X-Recipient: none", "Final-Recipient: rfc822;", "Final-Recipient: li"]
    )
    def test_that_names_no_address_blames_none(self, recipient: str) -> None:
        receipt = read_bounce(bounce(recipient=recipient))
        assert receipt is not None
        assert (receipt.status, receipt.recipient_sha256) == ("soft_bounce", None)

    def test_that_says_it_was_delivered_is_a_receipt_too(self) -> None:
        receipt = read_bounce(bounce(action="delivered", status="2.0.0"))
        assert receipt is not None
        assert receipt.status == "delivered"

    @pytest.mark.parametrize("action", ["delayed", "relayed", "expanded"])
    def test_that_knows_no_end_yet_tells_nothing(self, action: str) -> None:
        assert read_bounce(bounce(action=action, status="4.0.0")) is None

    @pytest.mark.parametrize(
        ("raw", "says"),
        [
            (b"", "delivery-status"),
            (b"Subject: holiday\n\nI am away", "delivery-status"),
            (bounce(head="Subject: no id"), "Message-ID"),
            (bounce(action="perhaps"), "Action"),
            (b"x" * 5_000_001, "MB"),
        ],
    )
    def test_that_is_none_says_what_is_missing(self, raw: bytes, says: str) -> None:
        with pytest.raises(NoBounce, match=says):
            read_bounce(raw)

    @given(cut=st.integers(0, len(bounce())), noise=st.binary(max_size=40))
    def test_that_was_torn_or_scribbled_on_raises_nothing_else(self, cut: int, noise: bytes) -> None:
        for raw in (bounce()[:cut] + noise, noise + bounce()[cut:], bounce().replace(b"5.1.1", noise)):
            try:
                read_bounce(raw)
            except NoBounce:
                continue

    def test_is_made_of_a_mail_that_python_reads_the_same(self) -> None:
        assert message_from_bytes(bounce(), policy=default).get_content_type() == "multipart/report"
