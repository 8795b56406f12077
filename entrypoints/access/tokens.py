"""Tokens of people: JWTs of the lender's own sign-on (OpenID Connect), checked against its published keys."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from entrypoints.access.caller import Caller, Unknown
from entrypoints.access.role import Role
from entrypoints.access.sign_on import SignOn

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
"""Signatures by key pairs only: a token that the issuer's public key signs as a shared secret is refused."""

_KEYS_FOR_SECONDS = 600
_ASK_AGAIN_AFTER_SECONDS = 30
_CLOCKS_APART_SECONDS = 60


class Tokens:
    """Reads tokens of one sign-on. Its keys are asked for again when they are old or one is missing, never in a rush."""

    def __init__(self, sign_on: SignOn, client: httpx.AsyncClient) -> None:
        self._sign_on, self._client = sign_on, client
        self._keys: KeySet | None = None
        self._asked_at = float("-inf")
        self._one_at_a_time = asyncio.Lock()

    async def caller(self, token: str) -> Caller:
        """The person. Raises Unknown for whatever cannot be trusted; says no more than that."""
        claims = await self._claims(token)
        id_ = claims.get("sub")
        name = claims.get("name") or claims.get("preferred_username") or id_
        roles = self._roles(claims.get(self._sign_on.roles_claim))
        if not isinstance(id_, str) or not id_ or not isinstance(name, str) or not name.strip() or not roles:
            raise Unknown("the token names no person, or no role of Leeway's")
        return Caller(self._sign_on.lender, name.strip(), roles[0], is_person=True, id=id_)

    async def _claims(self, token: str) -> dict[str, Any]:
        for is_last in (False, True):
            try:
                decoded = jwt.decode(token, await self._key_set(renew=is_last), algorithms=ALGORITHMS)
                break
            except (JoseError, ValueError, TypeError):
                if is_last:
                    raise Unknown("the token is not signed by the sign-on") from None
        registry = jwt.JWTClaimsRegistry(
            leeway=_CLOCKS_APART_SECONDS,
            iss={"essential": True, "value": self._sign_on.issuer},
            aud={"essential": True, "value": self._sign_on.audience},
            exp={"essential": True},
        )
        try:
            registry.validate(decoded.claims)
        except (JoseError, ValueError, TypeError):
            raise Unknown("the token is over, or not for Leeway") from None
        return dict(decoded.claims)

    def _roles(self, told: object) -> Sequence[Role]:
        """The roles told, the one with the most rights first."""
        names = [told] if isinstance(told, str) else told if isinstance(told, list) else []
        order = (Role.ADMIN, Role.SUPERVISOR, Role.OPERATOR, Role.COMPLIANCE)
        return [role for role in order if role in names]

    async def _key_set(self, renew: bool) -> KeySet:
        async with self._one_at_a_time:
            age = time.monotonic() - self._asked_at
            if self._keys is None or age > _KEYS_FOR_SECONDS or (renew and age > _ASK_AGAIN_AFTER_SECONDS):
                self._asked_at = time.monotonic()
                try:
                    answer = await self._client.get(self._sign_on.jwks_url, timeout=5)
                    self._keys = KeySet.import_key_set(answer.raise_for_status().json())
                except (httpx.HTTPError, ValueError, KeyError, JoseError) as error:
                    if self._keys is None:
                        raise Unknown(f"the sign-on's keys cannot be read: {type(error).__name__}") from None
            assert self._keys is not None
            return self._keys
