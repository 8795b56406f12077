"""Whoever calls: of which lender, by what name, in which role."""

from typing import NamedTuple

from entrypoints.access.role import RIGHTS, Right, Role


class Denied(PermissionError):
    """The caller is known and may not do this; the text names the right and who has it."""


class Unknown(PermissionError):
    """Nobody known: no key or token, a wrong one, or one that is over. Says no more than that."""


class NotYourName(ValueError):
    """A person tried to act under another's name."""


class Caller(NamedTuple):
    """`is_person` where a token of the lender's own sign-on names one: then nobody can act under another's name."""

    lender: str
    name: str
    role: Role
    is_person: bool = False

    def check(self, right: Right) -> None:
        """Raises Denied."""
        if right not in RIGHTS[self.role]:
            have = ", ".join(role for role, rights in RIGHTS.items() if right in rights)
            raise Denied(f"{right}: {self.role} may not; ask one of: {have}")

    def acting(self, given: str | None) -> str:
        """The name under which a write is recorded: a person's own; where a machine says for whom it acts, theirs, as
        they are called everywhere else, so that nobody is counted as two; else the machine's. Raises NotYourName."""
        told = (given or "").strip()
        if self.is_person and told not in ("", self.name):
            raise NotYourName(f"by: {told} given, and your token is {self.name}'s; leave it out")
        return self.name if self.is_person or not told else told
