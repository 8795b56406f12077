"""The token in every form: only the browser that was given the form can send it, and what it sends counts once."""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence

from itsdangerous import BadSignature, Signer

FIELD = "token"


def form_token(secret: str, place: str) -> str:
    """A new token for the form at `place`, signed with the browser's own secret."""
    return _signer(secret, place).sign(secrets.token_urlsafe(12)).decode()


def is_own(secret: str, place: str, fields: Mapping[str, Sequence[str]]) -> bool:
    """Whether the form that came was given to this browser, for this place."""
    try:
        _signer(secret, place).unsign(next(iter(fields.get(FIELD, ())), ""))
    except BadSignature:
        return False
    return True


def counted_by(place: str, fields: Mapping[str, Sequence[str]]) -> str:
    """The key under which what was sent counts once: the same form sent twice is one message, a changed one another."""
    content = json.dumps([place, sorted((name, list(values)) for name, values in fields.items())])
    return f"page.{hashlib.sha256(content.encode()).hexdigest()[:24]}"


def _signer(secret: str, place: str) -> Signer:
    return Signer(secret, salt=f"leeway page form {place}", digest_method=hashlib.sha256)
