"""Random bytes for the readers of Fineract's hooks and events, guided by what they reach. Run by test_fineract_fuzz.py:

python fuzz_fineract.py -runs=100000 FOLDER_WITH_SAMPLES
"""

import os
import sys
from io import BytesIO

import atheris

with atheris.instrument_imports(include=["gateways.fineract", "fastavro"]):
    from gateways.fineract import event, hook
    from gateways.fineract.amount import exact_minor, from_avro
    from gateways.fineract.mapping_file import load_mapping
    from gateways.fineract.refusal import FineractRefused
    from gateways.fineract.translation import Translator

TRANSLATOR = Translator("harbour", load_mapping())
HEADERS = {
    "X-Fineract-Entity": "LOAN",
    "X-Fineract-Action": "REPAYMENT",
    "Fineract-Platform-TenantId": "default",
}
EXPECTED = () if os.environ.get("LEEWAY_FUZZ_EXPECTS") == "nothing" else (FineractRefused,)


def one(data: bytes) -> None:
    """Every reader, with the same bytes."""
    for read in (_hook, _message, _file, _amount):
        try:
            read(data)
        except EXPECTED:
            continue


def _hook(data: bytes) -> None:
    hook.read_hook(HEADERS, data)


def _message(data: bytes) -> None:
    for found in event.decoded(data):
        TRANSLATOR.event(found)


def _file(data: bytes) -> None:
    for frame in event.frames(BytesIO(data)):
        _message(frame)


def _amount(data: bytes) -> None:
    exact_minor(from_avro(data, "amount"), "CNY", "amount")


atheris.Setup(sys.argv, one)
atheris.Fuzz()
