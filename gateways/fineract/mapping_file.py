"""What the lender says of a Fineract book beside it: policy, country, zones and language of its loans."""

from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, is_possible_number, parse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from contracts.loan import CountryCode, Slug, SubdivisionCode
from gateways.yaml_file import PolicyError, mistake
from gateways.yaml_file import parse as parse_yaml
from lending.reason import Language

SHIPPED = Path(__file__).parents[2] / "policies" / "mappings" / "fineract.yaml"


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name[:40]!r} is no IANA time zone; write one such as Asia/Shanghai")
    return name


Zone = Annotated[str, AfterValidator(_zone)]


class FineractMapping(BaseModel):
    """See policies/mappings/fineract.yaml, which says what each entry is for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tenant_zone: Zone
    policy: Slug
    products: dict[str, Slug] = {}
    country: CountryCode
    subdivision: SubdivisionCode | None = None
    zones: Annotated[tuple[Zone, ...], Field(max_length=10)]
    language: Language

    @property
    def tenant_clock(self) -> ZoneInfo:
        """The zone whose midnights begin the book's days."""
        return ZoneInfo(self.tenant_zone)

    def policy_of(self, product: str | None) -> str:
        """The house policy for a loan of this product."""
        return self.products.get(product or "", self.policy)

    def phone(self, number: str | None) -> str | None:
        """A mobile number in international form, read as one of `country` where it has no country code; None for
        what is no number."""
        try:
            parsed = parse(number or "", self.country)
        except NumberParseException:
            return None
        return format_number(parsed, PhoneNumberFormat.E164) if is_possible_number(parsed) else None


def load_mapping(path: Path = SHIPPED) -> FineractMapping:
    """The mapping in a file. Raises PolicyError, one line per mistake with its place."""
    if not path.is_file():
        raise PolicyError(f"{path}: no such file; LEEWAY_FINERACT_MAPPING names the mapping")
    document: Any = parse_yaml(path)
    try:
        return FineractMapping.model_validate(document)
    except ValidationError as error:
        lines = [mistake(path, document, one["loc"], one["msg"]) for one in error.errors()]
        raise PolicyError("\n".join(lines)) from None
