"""Everything Leeway reads from its environment, read once."""

import os
from dataclasses import dataclass
from pathlib import Path

from contracts.lender_voice import LenderVoice
from entrypoints.access.allowance import PER_MINUTE
from entrypoints.access.sign_on import SignOn, sign_on_of
from entrypoints.fineract.access import FineractSettings, fineract_settings

SAMPLE_VOICE = LenderVoice(
    name="Harbour Savings", reply_to="care@harbour.example", help_line="free-advice.example"
)
"""Who speaks in the demo. A worker on real providers refuses to speak in this name."""


@dataclass(frozen=True)
class Settings:
    """What an operator may set. Temporal's own settings are its standard environment configuration."""

    home: Path
    """LEEWAY_HOME: data of the embedded servers; `.leeway` where you are."""
    database_url: str | None
    """DATABASE_URL: a PostgreSQL of your own; left out, the embedded one."""
    temporal_address: str | None
    """TEMPORAL_ADDRESS (or a TEMPORAL_PROFILE): a Temporal of your own; left out, the embedded one."""
    smtp_url: str | None
    """LEEWAY_SMTP_URL: smtp://user:password@host:587; left out under `leeway up`, the local inbox."""
    mail_from: str
    """LEEWAY_MAIL_FROM: the sender of e-mails."""
    sms_url: str | None
    """LEEWAY_SMS_URL: the SMS provider's address for POST; left out under `leeway up`, the local inbox."""
    sms_token: str
    """LEEWAY_SMS_TOKEN: the SMS provider's bearer token."""
    api_token: str | None
    """LEEWAY_API_TOKEN: a token of your own choosing that may do everything at the API; keys are made by `leeway key new`."""
    page_url: str | None
    """LEEWAY_PAGE_URL: where borrowers reach their page, https://pay.example; left out, messages carry no link to it."""
    page_keys: tuple[str, ...]
    """LEEWAY_PAGE_KEYS: what signs links to the page, with commas between several: the first makes new ones."""
    lender: str
    """LEEWAY_LENDER: the lender's short name in case ids."""
    voice: LenderVoice
    """LEEWAY_LENDER_NAME, LEEWAY_REPLY_TO, LEEWAY_HELP_LINE: what messages say about who speaks; no word of debt may stand in them."""
    crm_url: str | None = None
    """LEEWAY_CRM_URL: the CRM's address for `leeway crm sync`; left out, there is none."""
    crm_token: str = ""
    """LEEWAY_CRM_TOKEN: the CRM's bearer token."""
    webhook_keys: str = ""
    """LEEWAY_WEBHOOK_KEYS: who may send signed events in, as source=whsec_...,source=...; left out, nobody."""
    book_url: str | None = None
    """LEEWAY_BOOK_URL: a PostgreSQL with the lender's view `overdue_loans`, for `leeway sweep`; left out, there is none."""
    sign_on: SignOn | None = None
    """LEEWAY_OIDC_ISSUER, LEEWAY_OIDC_AUDIENCE, LEEWAY_OIDC_JWKS_URL, LEEWAY_OIDC_ROLES_CLAIM: where people sign on: [the API](connecting/api.md#people)."""
    api_per_minute: int = PER_MINUTE
    """LEEWAY_API_PER_MINUTE: how many requests of one key the API answers a minute; 6000."""
    fineract: FineractSettings | None = None
    """A Fineract's book, if there is one: its variables stand in docs/connecting/fineract.md."""


def from_environment() -> Settings:
    """The settings of this process."""
    get = os.environ.get
    lender = get("LEEWAY_LENDER", "harbour")
    own_temporal = get("TEMPORAL_ADDRESS") or get("TEMPORAL_PROFILE") or get("TEMPORAL_CONFIG_FILE")
    return Settings(
        home=Path(get("LEEWAY_HOME", ".leeway")).resolve(),
        database_url=get("DATABASE_URL"),
        temporal_address=own_temporal,
        smtp_url=get("LEEWAY_SMTP_URL"),
        mail_from=get("LEEWAY_MAIL_FROM", "Harbour Savings <care@harbour.example>"),
        sms_url=get("LEEWAY_SMS_URL"),
        sms_token=get("LEEWAY_SMS_TOKEN", "local"),
        api_token=get("LEEWAY_API_TOKEN"),
        page_url=get("LEEWAY_PAGE_URL") or None,
        page_keys=tuple(key for key in get("LEEWAY_PAGE_KEYS", "").split(",") if key),
        lender=lender,
        voice=LenderVoice(
            name=get("LEEWAY_LENDER_NAME", SAMPLE_VOICE.name),
            reply_to=get("LEEWAY_REPLY_TO", SAMPLE_VOICE.reply_to),
            help_line=get("LEEWAY_HELP_LINE", SAMPLE_VOICE.help_line),
        ),
        crm_url=get("LEEWAY_CRM_URL"),
        crm_token=get("LEEWAY_CRM_TOKEN", ""),
        webhook_keys=get("LEEWAY_WEBHOOK_KEYS", ""),
        book_url=get("LEEWAY_BOOK_URL") or None,
        sign_on=sign_on_of(get, lender),
        api_per_minute=_whole("LEEWAY_API_PER_MINUTE", get("LEEWAY_API_PER_MINUTE"), PER_MINUTE),
        fineract=fineract_settings(get),
    )


def _whole(name: str, given: str | None, usual: int) -> int:
    if not given:
        return usual
    if not given.isascii() or not given.isdigit() or int(given) < 1:
        raise ValueError(f"{name}: {given} is no whole number above 0")
    return int(given)
