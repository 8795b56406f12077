"""What follows when a call did not end with the borrower: a stranger's number, or somebody who is near them."""

from contracts.carry_out import CarryOut
from ledger.address import BY_PHONE, digest
from ledger.entry import Entry
from statemachine.decision import Line


async def tell_of_stranger(
    entry: Entry, request: CarryOut, loan_id: str, line: Line, contact_key: str | None, reference: str
) -> None:
    """A wrong number is used no more, for calls and texts, on any loan of the person. A third person who answered counts
    as a contact with one, besides the call to the borrower.

    `contact_key` None: nobody knows which number was called, and none is held for wrong on a guess.
    """
    result = line.facts["result"]
    if line.facts["channel"] != "phone":
        return
    if result == "third_person":
        await entry.run("report_contact", {
            "lender": request.lender, "reference": f"{reference}/third", "borrower_id": request.borrower_id,
            "at": request.decided_at, "channel": "phone", "result": "connected", "debts": [loan_id], "number": "",
            "collector": "lender", "purpose": "routine", "recipient": "third_person",
            "recorded_at": request.decided_at})  # fmt: skip
    if result != "wrong_number" or contact_key is None:
        return
    [called] = await entry.run("delivery_of_contact", {"key": contact_key})
    if not called["number"]:
        return
    for channel in BY_PHONE:
        await entry.run("put_unusable", {
            "lender": request.lender, "borrower_id": request.borrower_id, "channel": channel,
            "address_sha256": digest(called["number"]), "why": result, "since": request.decided_at})  # fmt: skip
