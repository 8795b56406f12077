"""Whoever calls: of which lender, by what name, in which role."""

from typing import NamedTuple

from entrypoints.access.role import RIGHTS, Right, Role


class Denied(PermissionError):
    """The caller is known and may not do this; the text names the right and who has it."""


class Unknown(PermissionError):
    """Nobody known: no key or token, a wrong one, or one that is over. Says no more than that."""


class NotYourName(ValueError):
    """A person tried to act, or anybody to decide, under another's name."""


class Caller(NamedTuple):
    """`is_person` where a token of the lender's own sign-on names one: then nobody can act under another's name. `id` is
    what the sign-on calls them for ever; their name they may be able to change."""

    lender: str
    name: str
    role: Role
    is_person: bool = False
    id: str = ""

    def may(self, right: Right) -> bool:
        """Whether the caller's role has the right."""
        return right in RIGHTS[self.role]

    def check(self, right: Right) -> None:
        """Raises Denied."""
        if not self.may(right):
            have = ", ".join(role for role, rights in RIGHTS.items() if right in rights)
            raise Denied(f"{right}: {self.role} may not; ask one of: {have}")

    def acting(self, given: str | None) -> str:
        """The name under which a write is recorded: a person's own; where a machine says for whom it acts, theirs, as
        they are called everywhere else, so that nobody is counted as two; else the machine's. Raises NotYourName."""
        told = (given or "").strip()
        if self.is_person and told not in ("", self.name):
            raise NotYourName(f"by: {told} given, and your token is {self.name}'s; leave it out")
        return self.name if self.is_person or not told else told

    def deciding(self, given: str | None) -> str:
        """The name under which a decision is recorded: the caller's own, also a machine's, with the id of a person. So
        nobody is two people. Raises NotYourName."""
        told = (given or "").strip()
        if told not in ("", self.name):
            raise NotYourName(
                f"by: {told} given, and {self.name} calls; a decision is its caller's own, leave it out"
            )
        return f"{self.name} <{self.id}>" if self.id else self.name
