"""`leeway message`: what borrowers read and visitors say, before anybody does. Sends nothing, writes nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple, cast

import typer
from rich.console import Console
from rich.text import Text
from temporalio.client import Client

from activities.letter import letter_facts, tone_to
from activities.linking import WITH_LINK
from contracts.case_run import QUERY, CaseView
from entrypoints.command import AsJson, print_json, with_servers
from entrypoints.settings import Settings
from entrypoints.tables import plain_table
from gateways.message import SAMPLE_FACTS, MessageError, MessageFacts, file_of, render
from gateways.policy_file import policies_in, wanted_templates
from gateways.template_check import Spoken, matrix
from gateways.text_length import sms_segments
from gateways.yaml_file import PolicyError
from ledger.reading import latest_case
from ledger.store import Ledger
from lending.reason import LANGUAGES, Language
from statemachine.case import Case
from statemachine.decision import Contact
from statemachine.plans import unpaid_instalment
from statemachine.stage import Channel, Tone
from statemachine.tone import tone_of
from workflows.upcoming import upcoming

app = typer.Typer(no_args_is_help=True, help="Read messages before anybody gets them.")

SAMPLE_PAGE = "https://pay.example"
_NOTE = "; the link is a specimen"


class Wish(NamedTuple):
    """What the reader wants to see; what is None follows from the case, or is the first there is."""

    template: str | None
    channel: str | None
    language: str | None
    tone: str | None


class Shown(NamedTuple):
    """The message, and why it reads as it does."""

    one: Spoken
    facts: MessageFacts
    note: str


@app.command()
def preview(
    loan: Annotated[str | None, typer.Argument(help="The loan's id; without one, sample facts.")] = None,
    policy: Annotated[str | None, typer.Option(help="Whose message, where no loan is given.")] = None,
    template: Annotated[str | None, typer.Option(help="Such as reminder; the coming one by default.")] = None,
    channel: Annotated[str | None, typer.Option(help="email, sms, phone or visit.")] = None,
    language: Annotated[
        str | None, typer.Option(help="en, zh-CN or zh-TW; the borrower's by default.")
    ] = None,
    tone: Annotated[str | None, typer.Option(help="plain or caring; as the case wants by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """A message as it would go out now: the coming one of a loan, or any template with its facts or sample ones."""
    wish = Wish(template, channel, language, tone)
    for name, given, known in (
        ("channel", channel, tuple(Channel)),
        ("language", language, LANGUAGES),
        ("tone", tone, tuple(Tone)),
    ):
        if given is not None and given not in known:
            raise ValueError(f"{name}: {given!r}: write one of {', '.join(known)}")
    if loan is None:
        shown = _of_sample(policy, wish)
    elif policy is not None:
        raise ValueError(f"policy: {policy!r} beside a loan: a loan has its own; leave one of them out")
    else:
        shown = with_servers(lambda client, ledger, known: _of_case(client, ledger, known, loan, wish))
    _print(_told(shown), as_json)


@app.command("list")
def list_messages(
    policy: Annotated[str | None, typer.Option(help="Only this house policy.")] = None,
    as_json: AsJson = False,
) -> None:
    """Every message of the policies, and the file that speaks in each language and tone."""
    rows = list(_rows(policy))
    if as_json:
        print_json(rows)
        return
    table = plain_table("Policy", "Template", "Channel", "Plain", "Caring")
    for row in rows:
        same = row[Tone.PLAIN] == row[Tone.CARING]
        caring = "the same" if same else _folders(row[Tone.CARING])
        table.add_row(row["policy"], row["template"], row["channel"], _folders(row[Tone.PLAIN]), caring)
    table.caption = f"The folder under policies/templates whose file speaks, in {', '.join(LANGUAGES)}."
    table.caption_justify = "left"
    Console().print(table)


def _rows(policy: str | None) -> Iterator[dict[str, Any]]:
    for name, found in _policies(policy).items():
        rows: dict[tuple[str, str], dict[str, dict[str, str]]] = {}
        for one in matrix(name, wanted_templates(found.house)):
            files = rows.setdefault((one.template, one.channel), {tone: {} for tone in Tone})
            files[one.tone][one.language] = file_of(*one)
        for (template, channel), files in sorted(rows.items()):
            yield {"policy": name, "template": template, "channel": channel, **files}


def _folders(files: dict[str, str]) -> str:
    """The folder, once for all languages; with its languages where they differ."""
    folders: dict[str, list[str]] = {}
    for language, file in files.items():
        folders.setdefault(file.split("/")[0], []).append(language)
    if len(folders) == 1:
        return next(iter(folders))
    return ", ".join(f"{folder} ({' '.join(languages)})" for folder, languages in folders.items())


def _policies(policy: str | None) -> dict[str, Any]:
    known = policies_in()
    if policy is not None and policy not in known:
        raise PolicyError(f"policy: {policy!r} is none: there are {', '.join(known)}")
    return known if policy is None else {policy: known[policy]}


def _of_sample(policy: str | None, wish: Wish) -> Shown:
    if policy is None:
        raise ValueError("policy: name one, such as --policy platform-c, or a loan")
    ((name, found),) = _policies(policy).items()
    there = list(wanted_templates(found.house))
    fitting = [
        (template, channel)
        for template, channel in there
        if wish.template in (None, template) and wish.channel in (None, channel)
    ]
    if not fitting:
        pairs = ", ".join(f"{template} by {channel}" for template, channel in there)
        raise ValueError(
            f"template: {name} has no {wish.template} by {wish.channel or 'any channel'}; it has {pairs}"
        )
    template, channel = fitting[0]
    one = Spoken(
        name, template, channel, cast(Language, wish.language or "en"), Tone(wish.tone or Tone.PLAIN)
    )
    facts = SAMPLE_FACTS.model_copy(update={"page_url": _specimen(one.channel)})
    return Shown(one, facts, f"sample facts{_NOTE if facts.page_url else ''}")


async def _of_case(client: Client, ledger: Ledger, known: Settings, loan: str, wish: Wish) -> Shown:
    """Raises NoSuchCase; ValueError where the case wants no contact and no template is named."""
    case = await latest_case(ledger, known.lender, loan)
    view: CaseView = await client.get_workflow_handle(case["case_id"]).query(QUERY, result_type=CaseView)
    snapshot, now = await ledger.snapshot(view.policy_sha256), datetime.now(UTC)
    coming = None if view.case.is_closed else upcoming(view.case, snapshot, now)
    contact = coming.contact if coming else None
    row = (await ledger.read("case_at_door", case_id=case["case_id"]))[0]
    note = f"{loan}: {coming.why if coming else 'closed'}"
    if contact is None:
        contact = _imagined(view.case, wish, note, now)
    channel = wish.channel or contact.channel
    if channel is None:
        raise ValueError(f"channel: {note}; name one with --channel")
    one = Spoken(snapshot.house.id, wish.template or contact.template, channel,
                 cast(Language, wish.language or row["language"]), Tone(wish.tone or tone_to(contact, row)))  # fmt: skip
    at = max(now, coming.wake_at) if coming and coming.wake_at else now
    link = _specimen(one.channel, known.page_url)
    return Shown(one, letter_facts(contact, row, known.voice, at, link), f"{note}{_NOTE if link else ''}")


def _specimen(channel: str, page_url: str | None = None) -> str | None:
    """A link as long as a real one, which opens nothing: those are made when a message goes out."""
    return f"{(page_url or SAMPLE_PAGE).rstrip('/')}/{'specimen' * 3:.20}" if channel in WITH_LINK else None


def _imagined(case: Case, wish: Wish, note: str, now: datetime) -> Contact:
    """A contact the case does not want now, about what it has: for a reader who names the template."""
    if wish.template is None:
        raise ValueError(f"template: no contact comes next ({note}); name one with --template and --channel")
    number, instalment = unpaid_instalment(case) or (0, None)
    return Contact(step="preview", stage=case.stage, attempt=1, channel=None, template=wish.template,
                   tone=tone_of(case), wanted_at=now, plan=case.plan or case.offer,
                   instalment=instalment, instalment_number=number, time_barred=case.is_time_barred)  # fmt: skip


def _told(shown: Shown) -> dict[str, Any]:
    one = shown.one
    try:
        message, file = render(*one[:4], shown.facts, tone=one.tone), file_of(*one)
    except MessageError as error:
        raise ValueError(str(error)) from None
    return {
        "policy": one.policy_id,
        "template": one.template,
        "channel": one.channel,
        "language": one.language,
        "tone": str(one.tone),
        "file": file,
        "about": shown.note,
        "subject": message.subject,
        "body": message.body,
        "characters": len(message.body),
        "segments": sms_segments(message.body) if one.channel == "sms" else None,
    }


def _print(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(told)
        return
    console = Console(highlight=False)
    about = f"{told['template']} by {told['channel']}, {told['language']}, {told['tone']}; {told['about']}"
    length = f"{told['characters']} characters" + (
        f", {told['segments']} segments" if told["segments"] else ""
    )
    console.print(Text(f"{about}\n{told['file']}, {length}", style="dim"))
    if told["subject"]:
        console.print(Text(f"\nSubject: {told['subject']}", style="bold"))
    console.print(Text(f"\n{told['body']}"), soft_wrap=True)
