"""How Fineract is reached, and how it reaches Leeway, as the environment says."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from gateways.fineract.access import Access

_SECRET = re.compile(r"[A-Za-z0-9_-]{20,200}")


@dataclass(frozen=True)
class FineractSettings:
    """One tenant of one Fineract: the book of this lender."""

    access: Access
    """LEEWAY_FINERACT_URL (ends in /api/v1), LEEWAY_FINERACT_TENANT, LEEWAY_FINERACT_USER and
    LEEWAY_FINERACT_PASSWORD, or LEEWAY_FINERACT_TOKEN."""
    secret: str = field(default="", repr=False)
    """LEEWAY_FINERACT_SECRET: the part of the hooks' address that only Fineract knows; without it no hook is let in."""
    mapping: Path | None = None
    """LEEWAY_FINERACT_MAPPING: policy, country, zones and language of the loans; left out, the shipped one."""
    schemas: tuple[Path, ...] = ()
    """LEEWAY_FINERACT_SCHEMAS: a folder with the Avro schemas of another version of Fineract."""


def fineract_settings(get: Callable[[str, str], str]) -> FineractSettings | None:
    """The settings, None where no address is given. Raises ValueError for a secret that can be guessed."""
    url = get("LEEWAY_FINERACT_URL", "")
    if not url:
        return None
    secret = get("LEEWAY_FINERACT_SECRET", "")
    if secret and not _SECRET.fullmatch(secret):
        raise ValueError(
            "LEEWAY_FINERACT_SECRET: 20 to 200 letters, digits, '-' and '_'; make one with `openssl rand -hex 24`"
        )
    mapping, schemas = get("LEEWAY_FINERACT_MAPPING", ""), get("LEEWAY_FINERACT_SCHEMAS", "")
    return FineractSettings(
        Access(
            url=url,
            tenant=get("LEEWAY_FINERACT_TENANT", "default"),
            user=get("LEEWAY_FINERACT_USER", ""),
            password=get("LEEWAY_FINERACT_PASSWORD", ""),
            token=get("LEEWAY_FINERACT_TOKEN", ""),
        ),
        secret,
        Path(mapping) if mapping else None,
        (Path(schemas),) if schemas else (),
    )
