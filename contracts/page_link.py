"""Links to the borrower's page: derived from the contact's key, so that a retried send carries the very same text.

A link names nobody: it is twenty characters of an HMAC. The ledger keeps only its sha256, with the contact it went out
with; so a link counts only while the key it was made with is among the keys.
"""

import base64
import hashlib
import hmac
from collections.abc import Container, Sequence
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

LINK_LIVES = timedelta(days=30)
TOKEN_PATTERN = r"[a-z2-7]{20}"
"""A hundred bits, in letters and digits that a text's own link finder and a person's eyes read alike."""

SHORTEST_KEY = 32

_NO_CONTACT = "no contact"


class PageLink(NamedTuple):
    """What the message carries, and what the ledger keeps."""

    url: str
    sha256: str


class PageLinks:
    """`base_url` is where borrowers reach the page; the first of `keys` makes links, the others still open theirs.

    Raises ValueError, naming the setting, for a base URL or keys that cannot be used.
    """

    def __init__(self, base_url: str, keys: Sequence[str]) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
            raise ValueError(f"LEEWAY_PAGE_URL: {base_url} is no address; write https://pay.example")
        if parts.path not in ("", "/"):
            raise ValueError(f"LEEWAY_PAGE_URL: {base_url} has a path; give the page a host of its own")
        if not keys:
            raise ValueError("LEEWAY_PAGE_KEYS: none; give one of at least 32 characters, the newest first")
        if any(len(key) < SHORTEST_KEY for key in keys):
            raise ValueError(
                f"LEEWAY_PAGE_KEYS: one has less than {SHORTEST_KEY} characters; make a longer one"
            )
        self.base_url = base_url.rstrip("/")
        self._keys = tuple(key.encode() for key in keys)

    @property
    def is_secure(self) -> bool:
        """Whether the page is reached by https."""
        return self.base_url.startswith("https:")

    def minted(self, contact_key: str, kept: Container[str] = ()) -> PageLink:
        """The contact's link: the one of which `kept` has the sha256, made before the keys were changed; else the
        newest key's."""
        tokens = [_token(key, contact_key) for key in self._keys]
        token = next((one for one in tokens if sha256_of(one) in kept), tokens[0])
        return PageLink(f"{self.base_url}/{token}", sha256_of(token))

    def is_signed(self, token: str, contact_key: str | None) -> bool:
        """Whether one of the keys made `token` for this contact. None, a contact nobody knows, costs the same work."""
        made = [hmac.compare_digest(_token(key, contact_key or _NO_CONTACT), token) for key in self._keys]
        return any(made) and contact_key is not None


def sha256_of(secret: str) -> str:
    """What is kept of a secret that somebody else holds."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _token(key: bytes, contact_key: str) -> str:
    mac = hmac.new(key, f"page link\n{contact_key}".encode(), hashlib.sha256).digest()
    return base64.b32encode(mac).decode().lower()[:20]
