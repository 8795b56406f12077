"""What a contact says: a house's template, filled with facts, in the borrower's language.

Which file speaks, `gateways.template` says; what it must pass before it may, `gateways.template_check`. An e-mail begins
with a line `Subject: ...` and a blank line.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Self

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency
from jinja2 import (
    Template,
    TemplateError,
    TemplateNotFound,
    TemplatesNotFound,
    pass_context,
)
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)

from gateways.template import TEMPLATES, environment_of, files_of, is_caring
from gateways.text_length import SUBJECT_COLUMNS_AT_MOST, columns, sms_segments
from lending.money import EXPONENTS
from lending.plan import Instalment
from lending.reason import LANGUAGES
from statemachine.stage import Tone

_BABEL_LOCALE = {
    language: Locale.parse(code)
    for language, code in (("en", "en"), ("zh-CN", "zh_CN"), ("zh-TW", "zh_Hant_TW"))
}
_DATE_PATTERN = {"en": "d MMMM y", "zh-CN": "y年M月d日", "zh-TW": "y年M月d日"}
_MONEY_PATTERN = {
    "en": "¤¤ #,##0",
    "zh-CN": "¤#,##0",
    "zh-TW": "¤#,##0",
}  # English has the code: `$` is no one currency
_TAIWAN_DOLLAR = "'NT$'#,##0"  # at home its sign is `$`, which a borrower abroad would take for another
_UNSEEN = {"Cc": " ", "Zl": " ", "Zp": " ", "Cf": "", "Cs": ""}  # by Unicode category
_SEGMENTS_AT_THE_DOOR = 5
"""A template is checked against less; a long name or id of a real loan may take the rest."""
_JOINERS = "\u200c\u200d"  # invisible, but Persian and Indic names need them


class MessageError(Exception):
    """A message cannot be written; says which template, channel and language, and what is wrong with it."""


@dataclass(frozen=True)
class Message:
    """What goes out. `subject` is None where the channel has none; its repr shows no text."""

    subject: str | None
    body: str

    def __repr__(self) -> str:
        return f"Message(<{len(self.body)} characters>)"


def one_line(text: str) -> str:
    """`text` as it may stand in a line or a header: without line breaks, control and direction characters."""
    kept = (c if c in _JOINERS else _UNSEEN.get(unicodedata.category(c), c) for c in text)
    cleaned = " ".join("".join(kept).split()).strip(_JOINERS)
    if not cleaned:
        raise ValueError("is blank: a message needs it")
    return cleaned


def _known_currency(code: str) -> str:
    if code not in EXPONENTS:
        raise ValueError("not an ISO 4217 currency code: write three capital letters, such as CNY")
    return code


OneLine = Annotated[str, AfterValidator(one_line)]
Minor = Annotated[int, Field(ge=0, strict=True)]


class MessageFacts(BaseModel):
    """All a template may know. Amounts in minor units of `currency`; text is cleaned to single lines.

    `reply_to` says how to reach the lender, `help_line` where advice is free and independent, both in words.
    `page_url` leads to the borrower's own page. `time_barred`: the debt can no longer be enforced, and what is said
    about money says so. `plan` is the proposed or running plan; `next_instalment` is what `plan_due` reminds of.
    Raises MessageError, which names the field, for a fact no message can be written with.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    lender_name: OneLine
    borrower_name: Annotated[OneLine, Field(repr=False)]
    loan_id: OneLine
    balance_minor: Minor
    currency: Annotated[str, AfterValidator(_known_currency)]
    overdue_since: date
    days_past_due: Annotated[int, Field(ge=0, strict=True)]
    pay_reference: OneLine
    reply_to: OneLine
    help_line: OneLine
    page_url: OneLine | None = None
    time_barred: bool = False
    plan: tuple[Instalment, ...] = ()
    next_instalment: Instalment | None = None

    @model_validator(mode="wrap")
    @classmethod
    def _refuse_by_name(cls, facts: object, build: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return build(facts)
        except ValidationError as error:
            wrong = (f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
            raise MessageError(f"facts of a message: {'; '.join(wrong)}") from None


def render(
    policy_id: str,
    template: str,
    channel: str,
    language: str,
    facts: MessageFacts,
    *,
    tone: Tone = Tone.PLAIN,
    root: Path = TEMPLATES,
) -> Message:
    """The message of one contact. Raises MessageError before anything is sent."""
    where = f"template {template!r} for {channel} in {language} of policy {policy_id!r}"
    if language not in LANGUAGES:
        raise MessageError(f"{where}: language must be one of {', '.join(LANGUAGES)}")
    try:
        found = environment(root, policy_id).select_template(
            list(files_of(template, channel, language, tone))
        )
        _check_voice(where, found, tone)
        text = found.render(**dict(facts), language=language)
    except TemplatesNotFound as error:
        raise MessageError(
            f"{where}: there is no file {error.templates[-1]!r}; add it under {root.name}/"
        ) from None
    except TemplateNotFound as error:
        raise MessageError(f"{where}: there is no file {error.name!r}; add it under {root.name}/") from None
    except TemplateError as error:
        raise MessageError(f"{where}: {error.message}") from None
    except (TypeError, ValueError, LookupError, ArithmeticError, AttributeError) as error:
        kind = type(error).__name__  # its text may hold a name or a sum
        raise MessageError(f"{where}: {kind} while filling it in") from None
    message = _split(where, channel, re.sub(r"\n{3,}", "\n\n", text).strip())
    _check_length(where, channel, message)
    return message


def file_of(policy_id: str, template: str, channel: str, language: str, tone: Tone) -> str:
    """The file, under policies/templates, that `render` fills in. Raises MessageError where there is none."""
    try:
        found = environment(TEMPLATES, policy_id).select_template(
            list(files_of(template, channel, language, tone))
        )
    except TemplateError as error:
        raise MessageError(f"template {template!r} for {channel} in {language}: {error.message}") from None
    assert found.filename is not None
    return Path(found.filename).relative_to(TEMPLATES).as_posix()


def _check_voice(where: str, found: Template, tone: Tone) -> None:
    """Nobody in difficulty is dunned, even where a template was changed behind the check at load."""
    if tone is Tone.CARING and found.filename and found.name:
        source = Path(found.filename).read_text(encoding="utf-8")
        if not is_caring(source, found.name):
            raise MessageError(
                f"{where}: {found.name!r} is not for somebody in difficulty; add its .caring file"
            )


def _check_length(where: str, channel: str, message: Message) -> None:
    """A fact that is too long is told before anything is sent, not cut."""
    if channel == "sms" and (segments := sms_segments(message.body)) > _SEGMENTS_AT_THE_DOOR:
        raise MessageError(
            f"{where}: {segments} segments, at most {_SEGMENTS_AT_THE_DOOR}; shorten the lender's name, reply_to, "
            "help_line or the loan's id"
        )
    if message.subject and (width := columns(message.subject)) > SUBJECT_COLUMNS_AT_MOST:
        raise MessageError(
            f"{where}: a subject of {width} columns, at most {SUBJECT_COLUMNS_AT_MOST}; shorten the lender's name"
        )


def _split(where: str, channel: str, text: str) -> Message:
    if channel != "email":
        return Message(subject=None, body=text)
    head, _, body = text.partition("\n\n")
    if not re.fullmatch(r"Subject: \S.*", head) or not body:
        raise MessageError(f"{where}: must begin with one line 'Subject: ...', a blank line, and a body")
    return Message(subject=one_line(head.removeprefix("Subject: ")), body=body)


@lru_cache
def environment(root: Path, policy_id: str) -> ImmutableSandboxedEnvironment:
    """The templates of a policy, with the filters `money` and `date`. Raises MessageError for an id that is none."""
    try:
        return environment_of(root, policy_id, {"money": _money, "date": _date})
    except ValueError as error:
        raise MessageError(str(error)) from None


@pass_context
def _money(context: Context, amount_minor: int) -> str:
    currency, language = context["currency"], context["language"]
    decimals = EXPONENTS[currency]
    is_taiwans = language == "zh-TW" and currency == "TWD"
    pattern = _TAIWAN_DOLLAR if is_taiwans else _MONEY_PATTERN[language]
    pattern += "." + "0" * decimals if decimals else ""
    amount = Decimal(+amount_minor).scaleb(-decimals)  # + makes an undefined variable say its name
    return format_currency(amount, currency, pattern, locale=_BABEL_LOCALE[language], currency_digits=False)


@pass_context
def _date(context: Context, day: date) -> str:
    language = context["language"]
    day = date(day.year, day.month, day.day)  # babel would take None for today
    return format_date(day, _DATE_PATTERN[language], locale=_BABEL_LOCALE[language])


SAMPLE_FACTS = MessageFacts(
    lender_name="Meridian Savings Bank",
    borrower_name="Maximiliana Featherstonehaugh-Anantharaman",
    loan_id="LN-1001",
    balance_minor=1_234_567,
    currency="CNY",
    overdue_since=date(2026, 3, 5),
    days_past_due=12,
    pay_reference="MSB-004711",
    reply_to="care@meridian.example, 0800 555 0100",
    help_line="0800 555 0199",
    plan=(
        Instalment(due_on=date(2026, 4, 1), amount_minor=617_284),
        Instalment(due_on=date(2026, 5, 1), amount_minor=617_283),
    ),
    next_instalment=Instalment(due_on=date(2026, 4, 1), amount_minor=617_284),
)
