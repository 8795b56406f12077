"""Bank statements as banks write them, in any version, for tests."""

from dataclasses import dataclass, replace
from typing import Literal
from xml.sax.saxutils import escape

from hypothesis import strategies as st

VERSIONS = tuple(f"{number:02}" for number in range(2, 14))


@dataclass(frozen=True)
class Transaction:
    """One transaction of an entry; amounts in minor units of a currency with two decimals."""

    amount_minor: int | None = 12_345
    currency: str = "EUR"
    end_to_end_id: str = "E2E-1"
    tx_id: str = ""
    mandate: str = ""
    reference: str = "A-1001"
    text: str = ""
    debtor: str = "Li Wei"
    returned: str = ""
    sign: str = ""

    def xml(self, version: str) -> str:
        """As `TxDtls`. Since version .08 a party stands within `Pty`."""
        name = f"<Nm>{escape(self.debtor)}</Nm>"
        party = f"<Pty>{name}</Pty>" if version >= "08" else name
        parts = [
            "<Refs>",
            f"<EndToEndId>{escape(self.end_to_end_id)}</EndToEndId>" if self.end_to_end_id else "",
            f"<TxId>{escape(self.tx_id)}</TxId>" if self.tx_id else "",
            f"<MndtId>{escape(self.mandate)}</MndtId>" if self.mandate else "",
            "</Refs>",
            _amount(self.amount_minor, self.currency),
            f"<CdtDbtInd>{self.sign}</CdtDbtInd>" if self.sign else "",
            f"<RltdPties><Dbtr>{party}</Dbtr><DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct></RltdPties>",
            "<RmtInf>",
            f"<Ustrd>{escape(self.text)}</Ustrd>" if self.text else "",
            f"<Strd><CdtrRefInf><Ref>{escape(self.reference)}</Ref></CdtrRefInf></Strd>"
            if self.reference
            else "",
            "</RmtInf>",
            f"<RtrInf><Rsn><Cd>{self.returned}</Cd></Rsn></RtrInf>" if self.returned else "",
        ]
        return f"<TxDtls>{''.join(parts)}</TxDtls>"


@dataclass(frozen=True)
class Entry:
    """One entry of the account."""

    transactions: tuple[Transaction, ...] = (Transaction(),)
    sign: Literal["CRDT", "DBIT"] = "CRDT"
    is_reversal: bool = False
    status: str = "BOOK"
    day: str = "<Dt>2026-11-02</Dt>"
    reference: str = "BANK-1"
    amount_minor: int = 12_345

    def xml(self, version: str) -> str:
        """As `Ntry`. Since version .03 a status is a code within `Sts`."""
        status = f"<Cd>{self.status}</Cd>" if version >= "03" else self.status
        details = "".join(one.xml(version) for one in self.transactions)
        return (
            f"<Ntry><NtryRef>1</NtryRef>{_amount(self.amount_minor, 'EUR')}<CdtDbtInd>{self.sign}</CdtDbtInd>"
            + ("<RvslInd>true</RvslInd>" if self.is_reversal else "")
            + f"<Sts>{status}</Sts><BookgDt>{self.day}</BookgDt>"
            + (f"<AcctSvcrRef>{self.reference}</AcctSvcrRef>" if self.reference else "")
            + (f"<NtryDtls>{details}</NtryDtls>" if details else "")
            + "</Ntry>"
        )


def statement(*entries: Entry, version: str = "08", message: Literal["054", "053"] = "054") -> bytes:
    """The whole document."""
    outer, inner = ("BkToCstmrDbtCdtNtfctn", "Ntfctn") if message == "054" else ("BkToCstmrStmt", "Stmt")
    body = "".join(entry.xml(version) for entry in entries)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{message}.001.{version}">'
        f"<{outer}><GrpHdr><MsgId>M-1</MsgId></GrpHdr><{inner}><Id>N-1</Id>"
        f"<Acct><Id><IBAN>DE02120300000000202051</IBAN></Id></Acct>{body}</{inner}></{outer}></Document>"
    ).encode()


def _amount(amount_minor: int | None, currency: str) -> str:
    if amount_minor is None:
        return ""
    return f'<Amt Ccy="{currency}">{amount_minor // 100}.{amount_minor % 100:02}</Amt>'


# XML has no control characters, and a reader makes one space of any number of them.
words = st.lists(
    st.text(st.characters(exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp"), exclude_characters="\ufffe\uffff"), min_size=1,
            max_size=12), max_size=4
).map(" ".join)  # fmt: skip
amounts = st.integers(1, 10**12)
transactions = st.builds(
    Transaction, amount_minor=amounts, end_to_end_id=words, tx_id=words, mandate=words, reference=words, text=words,
    debtor=words, returned=st.sampled_from(["", "", "AC04"]), sign=st.sampled_from(["", "CRDT", "DBIT"]),
)  # fmt: skip
entries = st.builds(
    Entry, transactions=st.lists(transactions, max_size=4).map(tuple), sign=st.sampled_from(["CRDT", "DBIT"]),
    is_reversal=st.booleans(), status=st.sampled_from(["BOOK", "BOOK", "PDNG", "INFO"]), amount_minor=amounts,
    day=st.sampled_from(["<Dt>2026-11-02</Dt>", "<Dt>2026-11-02Z</Dt>", "<DtTm>2026-11-02T23:30:00-05:00</DtTm>"]),
    reference=st.sampled_from(["", "BANK-1", "BANK-2"]),
)  # fmt: skip


def counted(entry: Entry) -> list[tuple[int, bool]]:
    """By the standard's own words: amount and whether it went back, of each credit that was booked or taken back."""
    if entry.status != "BOOK":
        return []
    found = []
    for one in entry.transactions or (Transaction(amount_minor=None),):
        sign = one.sign or entry.sign
        amount_minor = entry.amount_minor if one.amount_minor is None else one.amount_minor
        is_undone = entry.is_reversal or bool(one.returned)
        if (sign, is_undone) in (("CRDT", False), ("DBIT", True)):
            found.append((amount_minor, is_undone))
    return found


def without_amounts(entry: Entry) -> Entry:
    """The entry, its transactions without amounts of their own."""
    return replace(entry, transactions=tuple(replace(one, amount_minor=None) for one in entry.transactions))
