"""How what the stand-in Fineract sends arrives: most of it once; some twice, late, out of order or never."""

from dataclasses import dataclass, field
from random import Random
from typing import Generic, TypeVar

Sent = TypeVar("Sent")


@dataclass
class UnreliablePost(Generic[Sent]):
    """`lost`, `twice` and `late` are shares of one. What is late comes with a later delivery, out of order."""

    random: Random
    lost: float = 0.1
    twice: float = 0.1
    late: float = 0.1
    held_back: list[Sent] = field(default_factory=list)

    def deliver(self, sent: list[Sent]) -> list[Sent]:
        """Empties `sent`; returns what arrives now."""
        arrived = [one for one in self.held_back if self.random.random() < 0.5]
        self.held_back = [one for one in self.held_back if one not in arrived]
        for one in sent:
            fate = self.random.random()
            if fate < self.lost:
                continue
            if fate < self.lost + self.late:
                self.held_back.append(one)
                continue
            arrived += [one, one] if fate < self.lost + self.late + self.twice else [one]
        sent.clear()
        self.random.shuffle(arrived)
        return arrived
