"""What a contact says: a house's template, filled with facts, in the borrower's language.

A template is `policies/templates/<policy>/<name>.<channel>.<language>.j2`; what a policy does not have itself
is taken from `shared/`. An e-mail begins with a line `Subject: ...` and a blank line.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Annotated, Self

from babel.dates import format_date
from babel.numbers import format_currency
from jinja2 import (
    FileSystemLoader,
    StrictUndefined,
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

from lending.money import EXPONENTS
from lending.plan import Instalment
from statemachine.stage import Tone

TEMPLATES = Path(__file__).parents[1] / "policies" / "templates"
LANGUAGES = ("en", "zh-CN")
SMS_SEGMENTS_AT_MOST = 2

_BABEL_LOCALE = {"en": "en", "zh-CN": "zh_CN"}
_DATE_PATTERN = {"en": "d MMMM y", "zh-CN": "y年M月d日"}
_MONEY_PATTERN = {"en": "¤¤ #,##0", "zh-CN": "¤#,##0"}  # English shows the code: `$` names no one currency
_UNSEEN = {"Cc": " ", "Zl": " ", "Zp": " ", "Cf": "", "Cs": ""}  # by Unicode category
_JOINERS = "\u200c\u200d"  # invisible, but Persian and Indic names need them
_GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM7_ESCAPED = frozenset("^{}\\[~]|€")


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
    """The message of one contact; in the caring tone by its `.caring` file, where there is one.

    Raises MessageError before anything is sent.
    """
    where = f"template {template!r} for {channel} in {language} of policy {policy_id!r}"
    if language not in LANGUAGES:
        raise MessageError(f"{where}: language must be one of {', '.join(LANGUAGES)}")
    try:
        source = _environment(root, policy_id).select_template(_files(template, channel, language, tone))
        text = source.render(**dict(facts), language=language)
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
    return _split(where, channel, re.sub(r"\n{3,}", "\n\n", text).strip())


def _files(template: str, channel: str, language: str, tone: Tone) -> tuple[str, ...]:
    """The files that can speak in this tone, the fittest first."""
    plain = f"{template}.{channel}.{language}.j2"
    return (f"{template}.caring.{channel}.{language}.j2", plain) if tone is Tone.CARING else (plain,)


def check_templates(policy_id: str, wanted: Iterable[tuple[str, str]], *, root: Path = TEMPLATES) -> None:
    """Write every wanted (template, channel) in every language with sample facts, for when a policy is loaded.

    Raises MessageError with one line for each template that is missing, faulty, or too long for a text.
    """
    problems: dict[str, None] = {}
    for (template, channel), language, facts in product(wanted, LANGUAGES, _SAMPLES):
        try:
            body = render(policy_id, template, channel, language, facts, root=root).body
        except MessageError as error:
            problems[str(error)] = None
        else:
            if channel == "sms" and (segments := sms_segments(body)) > SMS_SEGMENTS_AT_MOST:
                where = f"template {template!r} for sms in {language} of policy {policy_id!r}"
                problems[f"{where}: {segments} segments, at most {SMS_SEGMENTS_AT_MOST}; shorten it"] = None
    if problems:
        raise MessageError("\n".join(problems))


def sms_segments(text: str) -> int:
    """How many texts this is sent as: 160 (153 each when several) characters of GSM 03.38, else 70 (67) of UCS-2."""
    if set(text) <= _GSM7 | _GSM7_ESCAPED:
        units, alone, joined = len(text) + sum(c in _GSM7_ESCAPED for c in text), 160, 153
    else:
        units, alone, joined = len(text.encode("utf-16-be")) // 2, 70, 67
    return 1 if units <= alone else -(-units // joined)


def _split(where: str, channel: str, text: str) -> Message:
    if channel != "email":
        return Message(subject=None, body=text)
    head, _, body = text.partition("\n\n")
    if not re.fullmatch(r"Subject: \S.*", head) or not body:
        raise MessageError(f"{where}: must begin with one line 'Subject: ...', a blank line, and a body")
    return Message(subject=one_line(head.removeprefix("Subject: ")), body=body)


@lru_cache
def _environment(root: Path, policy_id: str) -> ImmutableSandboxedEnvironment:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", policy_id):
        raise MessageError(f"policy {policy_id!r}: an id is lower-case letters, digits, '-' and '_'")
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(
            [root / policy_id, root / "shared", root]
        ),  # root: for {% extends "shared/..." %}
        undefined=StrictUndefined,
        autoescape=False,  # plain text goes out, never HTML
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters = {**environment.filters, "money": _money, "date": _date}
    return environment


@pass_context
def _money(context: Context, amount_minor: int) -> str:
    currency, language = context["currency"], context["language"]
    decimals = EXPONENTS[currency]
    pattern = _MONEY_PATTERN[language] + ("." + "0" * decimals if decimals else "")
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
_SAMPLES = (SAMPLE_FACTS, SAMPLE_FACTS.model_copy(update={"plan": ()}))
