"""Tokens of the lender's sign-on: a person in a role, or nobody."""

import base64
import hmac
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from entrypoints.access.caller import Caller, Denied, NotYourName, Unknown
from entrypoints.access.role import Right, Role, right_to_tell
from entrypoints.access.sign_on import SignOn
from entrypoints.access.tokens import Tokens
from statemachine.messages import MESSAGE_TYPES
from statemachine.person_name import same_person

SIGN_ON = SignOn("https://sign-on.example", "leeway", "https://sign-on.example/keys", "harbour")


class Issuer:
    """A sign-on with one key pair at a time."""

    def __init__(self) -> None:
        self.key = ECKey.generate_key("P-256", {"kid": "1", "alg": "ES256"})
        self.asked = 0
        self.is_away = False

    def token(self, key: ECKey | None = None, alg: str = "ES256", **claims: Any) -> str:
        usual = {"iss": SIGN_ON.issuer, "aud": SIGN_ON.audience, "sub": "u-7", "name": "Ms Chen",
                 "roles": ["operator"], "exp": int(time.time()) + 300}  # fmt: skip
        told = {name: value for name, value in (usual | claims).items() if value is not None}
        signer = key or self.key
        return jwt.encode({"alg": alg, "kid": signer.kid}, told, signer, algorithms=[alg])

    def answers(self, _: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.is_away:
            return httpx.Response(503)
        return httpx.Response(200, json=KeySet([self.key]).as_dict(private=False))


@pytest.fixture
def issuer() -> Issuer:
    """A sign-on of this test's own."""
    return Issuer()


@pytest.fixture
async def tokens(issuer: Issuer) -> AsyncIterator[Tokens]:
    """The reader of its tokens."""
    async with httpx.AsyncClient(transport=httpx.MockTransport(issuer.answers)) as client:
        yield Tokens(SIGN_ON, client)


class TestToken:
    async def test_names_a_person_in_a_role(self, tokens: Tokens, issuer: Issuer) -> None:
        assert await tokens.caller(issuer.token()) == Caller(
            "harbour", "Ms Chen", Role.OPERATOR, is_person=True, id="u-7"
        )

    async def test_under_another_name_is_the_same_person_when_they_decide(
        self, tokens: Tokens, issuer: Issuer
    ) -> None:
        names = [("Ms Chen", "u-7"), ("Mr Wu", "u-7"), ("Mr Wu <u-9>", "u-7"), ("Ms Chen", "u-9")]
        chen, renamed, forged, namesake = [
            (await tokens.caller(issuer.token(name=name, sub=sub))).deciding(None) for name, sub in names
        ]

        assert same_person(chen, renamed)
        assert same_person(chen, forged)
        assert not same_person(chen, namesake)

    async def test_with_several_roles_gives_the_one_with_the_most_rights(
        self, tokens: Tokens, issuer: Issuer
    ) -> None:
        caller = await tokens.caller(issuer.token(roles=["compliance", "supervisor", "chess club"]))

        assert caller.role is Role.SUPERVISOR

    async def test_makes_nobody_a_loan_system(self, tokens: Tokens, issuer: Issuer) -> None:
        with pytest.raises(Unknown):
            await tokens.caller(issuer.token(roles=["loan-system"]))

    @pytest.mark.parametrize(
        "claims",
        [
            {"iss": "https://elsewhere.example"},
            {"aud": "another-app"},
            {"exp": int(time.time()) - 300},
            {"exp": None},
            {"aud": None},
            {"nbf": int(time.time()) + 3600},
            {"roles": None},
            {"roles": {"operator": True}},
            {"roles": []},
            {"sub": None},
            {"sub": ""},
            {"name": 7, "sub": "u"},
        ],
    )
    async def test_is_refused_where_it_says_too_little_or_of_another(
        self, tokens: Tokens, issuer: Issuer, claims: dict[str, Any]
    ) -> None:
        with pytest.raises(Unknown):
            await tokens.caller(issuer.token(**claims))

    async def test_signed_by_somebody_else_is_refused(self, tokens: Tokens, issuer: Issuer) -> None:
        stranger = ECKey.generate_key("P-256", {"kid": "1"})
        with pytest.raises(Unknown):
            await tokens.caller(issuer.token(stranger))

    async def test_signed_with_the_public_key_as_a_secret_is_refused(
        self, tokens: Tokens, issuer: Issuer
    ) -> None:
        _, claims, _ = issuer.token().split(".")
        head = base64.urlsafe_b64encode(b'{"alg": "HS256", "kid": "1"}').rstrip(b"=")
        signature = hmac.digest(issuer.key.as_pem(private=False), head + b"." + claims.encode(), "sha256")
        forged = b".".join((head, claims.encode(), base64.urlsafe_b64encode(signature).rstrip(b"=")))
        with pytest.raises(Unknown):
            await tokens.caller(forged.decode())

    @pytest.mark.parametrize("token", ["", "a.b.c", "....", "\x00", "e30.e30.", "{}"])
    async def test_that_is_none_is_refused(self, tokens: Tokens, token: str) -> None:
        with pytest.raises(Unknown):
            await tokens.caller(token)


class TestKeysOfTheSignOn:
    async def test_are_asked_for_once(self, tokens: Tokens, issuer: Issuer) -> None:
        for _ in range(3):
            await tokens.caller(issuer.token())

        assert issuer.asked == 1

    async def test_are_not_asked_for_by_every_forged_token(self, tokens: Tokens, issuer: Issuer) -> None:
        await tokens.caller(issuer.token())
        stranger = ECKey.generate_key("P-256", {"kid": "2"})
        for _ in range(5):
            with pytest.raises(Unknown):
                await tokens.caller(issuer.token(stranger))

        assert issuer.asked == 1

    async def test_that_changed_are_read_again(
        self, tokens: Tokens, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await tokens.caller(issuer.token())
        issuer.key = ECKey.generate_key("P-256", {"kid": "2"})
        monkeypatch.setattr("entrypoints.access.tokens._ASK_AGAIN_AFTER_SECONDS", -1)

        assert (await tokens.caller(issuer.token())).name == "Ms Chen"

    async def test_that_cannot_be_read_let_nobody_in(self, tokens: Tokens, issuer: Issuer) -> None:
        issuer.is_away = True
        with pytest.raises(Unknown, match="cannot be read"):
            await tokens.caller(issuer.token())


class TestRole:
    @pytest.mark.parametrize(
        ("role", "right", "may"),
        [
            (Role.OPERATOR, Right.TELL_CASES, True),
            (Role.OPERATOR, Right.FEED, True),
            (Role.OPERATOR, Right.DECIDE, False),
            (Role.SUPERVISOR, Right.DECIDE, True),
            (Role.SUPERVISOR, Right.MANAGE, False),
            (Role.COMPLIANCE, Right.READ_RULES, True),
            (Role.COMPLIANCE, Right.TELL_CASES, False),
            (Role.COMPLIANCE, Right.FEED, False),
            (Role.LOAN_SYSTEM, Right.FEED, True),
            (Role.LOAN_SYSTEM, Right.STATE_BALANCE, True),
            (Role.OPERATOR, Right.STATE_BALANCE, False),
            (Role.LOAN_SYSTEM, Right.TELL_CASES, False),
            (Role.LOAN_SYSTEM, Right.DECIDE, False),
            (Role.ADMIN, Right.MANAGE, True),
        ],
    )
    def test_may_do_what_the_table_says(self, role: Role, right: Right, may: bool) -> None:
        caller = Caller("harbour", "x", role)
        if may:
            caller.check(right)
        else:
            with pytest.raises(Denied, match=f"{right}: {role} may not"):
                caller.check(right)

    def test_of_a_loan_system_tells_money_and_nothing_else(self) -> None:
        told = {kind for kind in MESSAGE_TYPES if right_to_tell(kind) is Right.FEED}

        assert told == {"payment", "payment_reversed"}
        assert right_to_tell("balance") is Right.STATE_BALANCE


class TestActor:
    def test_of_a_person_is_nobody_else(self) -> None:
        person = Caller("harbour", "Ms Chen", Role.SUPERVISOR, is_person=True)

        assert [person.acting(by) for by in (None, " ", "Ms Chen")] == ["Ms Chen"] * 3
        with pytest.raises(NotYourName, match="by: Mr Wu"):
            person.acting("Mr Wu")

    def test_of_a_machine_is_the_person_it_acts_for_or_itself(self) -> None:
        machine = Caller("harbour", "branch-7", Role.OPERATOR)

        assert machine.acting(" Mr Wu ") == "Mr Wu"
        assert machine.acting("") == "branch-7"

    def test_of_a_decision_is_the_caller_and_nobody_else(self) -> None:
        machine = Caller("harbour", "branch-7", Role.SUPERVISOR)

        assert [machine.deciding(by) for by in (None, " ", "branch-7")] == ["branch-7"] * 3
        for by in ("Ms Chen", "Mr Wu"):
            with pytest.raises(NotYourName, match=f"by: {by}"):
                machine.deciding(by)
