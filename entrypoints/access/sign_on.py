"""Where people sign on, as the environment says."""

from collections.abc import Callable
from typing import NamedTuple


class SignOn(NamedTuple):
    """Where people sign on. `roles_claim` holds a role's name or a list of names; `lender` is whose people they are."""

    issuer: str
    audience: str
    jwks_url: str
    lender: str
    roles_claim: str = "roles"


def sign_on_of(get: Callable[[str], str | None], lender: str) -> SignOn | None:
    """The sign-on that the environment names, if it names one. Raises ValueError where it is named by half."""
    names = ("LEEWAY_OIDC_ISSUER", "LEEWAY_OIDC_AUDIENCE", "LEEWAY_OIDC_JWKS_URL")
    issuer, audience, jwks_url = (get(name) for name in names)
    if not (issuer or audience or jwks_url):
        return None
    if not (issuer and audience and jwks_url):
        raise ValueError(f"{', '.join(names)}: set all three, or none where nobody signs on")
    if not jwks_url.startswith("https://"):
        raise ValueError(
            f"LEEWAY_OIDC_JWKS_URL: {jwks_url} is no https address; the keys of people come from there"
        )
    return SignOn(issuer, audience, jwks_url, lender, get("LEEWAY_OIDC_ROLES_CLAIM") or "roles")
