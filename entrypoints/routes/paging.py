"""Pages of a list: `Link: <...>; rel="next"` leads to the next one, and its `after` means nothing to anybody else."""

import base64
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response

from entrypoints.problem import Problem

PAGE_AT_MOST = 500
_LAST_NUMBER = 2**63

Place = tuple[str | int, ...]
"""Where a row stands in its list: what the list is sorted by."""

T = TypeVar("T")


class Pages:
    """What the caller wants to see, and the way on from there."""

    def __init__(
        self, request: Request, response: Response,
        after: Annotated[str | None, Query(
            max_length=1000, pattern=r"^[A-Za-z0-9_-]+$", description="Of the `Link` to the next page.")] = None,
        limit: Annotated[int, Query(ge=1, le=PAGE_AT_MOST, description="Rows of a page.")] = 100,
    ) -> None:  # fmt: skip
        self._request, self._response, self._after = request, response, after
        self.limit = limit

    def after(self, *kinds: type[str] | type[int]) -> Place | None:
        """The place of the last row that was shown; None before the first. Raises Problem."""
        if self._after is None:
            return None
        try:
            padded = self._after + "=" * (-len(self._after) % 4)
            told = json.loads(base64.urlsafe_b64decode(padded))
        except (ValueError, RecursionError):
            told = None
        if not isinstance(told, list) or list(map(type, told)) != list(kinds) or not all(map(_fits, told)):
            reason = "no page of this list begins there; follow the `Link` of the page before, or begin again"
            raise Problem(422, f"after: {reason}", errors=[{"field": "after", "reason": reason}])
        return tuple(told)

    def cut(self, rows: Sequence[T], place_of: Callable[[T], Place]) -> list[T]:
        """The page of `rows`, which begin after the last page and are more than fit where there is a next one."""
        shown = list(rows[: self.limit])
        if len(rows) > self.limit:
            told = json.dumps(place_of(shown[-1]), ensure_ascii=False).encode()
            cursor = base64.urlsafe_b64encode(told).decode().rstrip("=")
            others = [pair for pair in self._request.query_params.multi_items() if pair[0] != "after"]
            query = urlencode([*others, ("after", cursor)])
            self._response.headers["Link"] = f'<{self._request.url.path}?{query}>; rel="next"'
        return shown

    def of(self, rows: Iterable[T], place_of: Callable[[T], Place], *kinds: type[str] | type[int]) -> list[T]:
        """The page of a whole list, whose places are of these kinds."""
        last = self.after(*kinds)
        in_order = sorted(rows, key=place_of)
        rest = in_order if last is None else [row for row in in_order if place_of(row) > last]
        return self.cut(rest[: self.limit + 1], place_of)


def _fits(part: Any) -> bool:
    """Whether PostgreSQL can compare with it."""
    return (
        -_LAST_NUMBER <= part < _LAST_NUMBER
        if isinstance(part, int)
        else "\0" not in part and part.isprintable()
    )


Paged = Annotated[Pages, Depends()]
