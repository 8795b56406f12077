"""What a policy's templates must pass when the policy is loaded, whatever case they will speak to."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import NamedTuple

from jinja2 import TemplateError, nodes

from gateways.message import (
    SAMPLE_FACTS,
    Message,
    MessageError,
    MessageFacts,
    environment,
    render,
)
from gateways.spoken import line_and_column, spoken
from gateways.telling import Read, read_by_third_person, read_in_subject, read_in_text
from gateways.template import (
    TEMPLATES,
    files_of,
    is_caring,
    lines_that_choose,
    parts_of,
    tree_of,
    unknown_variables,
)
from gateways.text_length import SEGMENTS_AT_MOST, sms_segments
from gateways.words import WORDS, Required, Words, spotted, words_in
from lending.reason import LANGUAGES, Language
from statemachine.stage import Tone

THIRD_PERSON = "third_person"
"""A template of this name is for somebody else than the borrower: it may tell nothing, and names the lender only if
asked."""

_TALKS = ("phone", "visit")
_LINK = "https://care.meridian.example/p/Zk3vQ9xLw7TtB2nYp5RsDe8HfJcMgUaV"
_SAMPLES = (
    SAMPLE_FACTS,
    SAMPLE_FACTS.model_copy(update={"plan": (), "page_url": _LINK, "time_barred": True}),
)
"""With everything and with as little as there may be."""
_KNOWN = frozenset((*MessageFacts.model_fields, "language"))


class Spoken(NamedTuple):
    """One message of the matrix: who says what, by which way, in which language and tone."""

    policy_id: str
    template: str
    channel: str
    language: Language
    tone: Tone

    @property
    def words(self) -> str:
        """As an error names it."""
        tone = f"{self.tone} " if self.tone is not Tone.PLAIN else ""
        return f"template {self.template!r} for {tone}{self.channel} in {self.language} of policy {self.policy_id!r}"

    @property
    def is_talk_sheet(self) -> bool:
        """Whether a person reads it and speaks, instead of it being sent."""
        return self.channel in _TALKS


def matrix(policy_id: str, wanted: Iterable[tuple[str, str]]) -> Iterator[Spoken]:
    """Every message that the wanted (template, channel) pairs need: in each language and tone."""
    for (template, channel), language, tone in product(wanted, LANGUAGES, Tone):
        yield Spoken(policy_id, template, channel, language, tone)


def check_templates(
    policy_id: str,
    wanted: Iterable[tuple[str, str]],
    *,
    places: Iterable[str] = (),
    root: Path = TEMPLATES,
    words: Path = WORDS,
) -> None:
    """Read every wanted (template, channel) in every language and tone, and write it with sample facts. `places` are
    those the policy is written for, whose law may ask for words.

    Raises MessageError with one line for each fault: a file that is missing or broken, an unknown variable, a voice that
    must not be used after a difficulty was told, a forbidden word, a required one that is missing, too much length, and
    what no third person may read.
    """
    problems: dict[str, None] = {}
    for one in matrix(policy_id, wanted):
        problems |= dict.fromkeys(_faults(one, tuple(places), root, words))
    if problems:
        raise MessageError("\n".join(problems))


def _faults(one: Spoken, places: tuple[str, ...], root: Path, words: Path) -> Iterator[str]:
    faults = list(_faults_of_source(one, root, words))
    if not faults:
        faults = [
            fault
            for facts in _SAMPLES
            for fault in _faults_of_text(one, facts, places, root, words_in(words))
        ]
    yield from faults


def _faults_of_source(one: Spoken, root: Path, words: Path) -> Iterator[str]:
    try:
        templates = environment(root, one.policy_id)
        name = templates.select_template(list(files_of(*one[1:]))).name
        assert name is not None
        parts = parts_of(templates, name)
    except TemplateError:
        return  # writing it says what is wrong
    if one.tone is Tone.CARING and not is_caring(next(iter(parts.values())), name):
        path = next(iter(parts))
        caring = files_of(*one[1:])[0]
        yield f"{path}:1:1: nobody in difficulty is dunned: add {caring}, or begin with {{# voice: caring #}}"
    yield from _told_to_others(one, {path: tree_of(source) for path, source in parts.items()})
    for path, source in parts.items():
        for line in lines_that_choose(source):
            yield f"{path}:{line}: name the file in quotation marks: what is chosen later cannot be checked"
        yield from _faults_of_file(path, source, words, is_talk_sheet=one.is_talk_sheet)


def _told_to_others(one: Spoken, trees: Mapping[Path, nodes.Template]) -> Iterator[str]:
    """Facts that somebody else could read, whatever they are in the sample."""
    paths, found = list(trees), list[tuple[int, Read]]()
    for number, tree in enumerate(trees.values()):
        if one.template == THIRD_PERSON:
            found += [(number, read) for read in read_by_third_person(tree)]
        if one.channel == "sms":
            found += [(number, read) for read in read_in_text(tree)]
    if one.channel == "email":
        found += read_in_subject(trees.values(), _KNOWN)
    for number, (line, name) in found:
        yield f"{paths[number]}:{line}: {name!r} may be read by others: keep it for where only the borrower reads"


@lru_cache(maxsize=512)  # most files are part of many messages
def _faults_of_file(path: Path, source: str, words: Path, *, is_talk_sheet: bool) -> tuple[str, ...]:
    known = ", ".join(sorted(_KNOWN))
    try:
        unknown = list(unknown_variables(environment(TEMPLATES, "shared"), source, _KNOWN))
    except TemplateError:
        unknown = []  # an unknown filter: writing it says so
    faults = [
        f"{path}:{line}: unknown variable {variable!r}: a message knows {known}" for line, variable in unknown
    ]
    text, places = spoken(source, is_talk_sheet=is_talk_sheet)
    for found in spotted(text, words_in(words).forbidden_index):
        line, column = line_and_column(source, places[found.start])
        faults.append(f"{path}:{line}:{column}: forbidden {found.phrase!r}: {found.why}")
    return tuple(faults)


def _faults_of_text(
    one: Spoken, facts: MessageFacts, places: tuple[str, ...], root: Path, words: Words
) -> Iterator[str]:
    try:
        message = render(
            one.policy_id, one.template, one.channel, one.language, facts, tone=one.tone, root=root
        )
    except MessageError as error:
        yield str(error)
        return
    if one.channel == "sms":
        at_most = SEGMENTS_AT_MOST + (facts.page_url is not None) + facts.time_barred
        if (segments := sms_segments(message.body)) > at_most:
            yield f"{one.words}: {segments} segments, at most {at_most}; shorten it"
    if not one.is_talk_sheet:
        text = f"{message.subject or ''}\n{message.body}"
        for found in spotted(text, words.forbidden_index):
            yield f"{one.words}: says {found.phrase!r} once it is written: {found.why}"
    if revealed := _revealed(one, message, words):
        yield f"{one.words}: {revealed!r} may be read by others: write nothing that tells of money owed"
    if one.template != THIRD_PERSON:
        yield from _missing(one, message, facts, places, words.required)


def _revealed(one: Spoken, message: Message, words: Words) -> str | None:
    """What somebody else could read: on a locked screen, on a lost number, or told to their face."""
    if one.channel == "sms" or one.template == THIRD_PERSON:
        return words.revealed(message.body)
    return words.revealed(message.subject) if message.subject else None


def _missing(
    one: Spoken, message: Message, facts: MessageFacts, places: tuple[str, ...], required: Iterable[Required]
) -> Iterator[str]:
    known: Mapping[str, object] = dict(facts)
    for each in required:
        basis = each.basis_in(places)
        if basis is None or one.channel not in each.channels or each.if_time_barred > facts.time_barred:
            continue
        wanted = (str(known[each.fact]),) if each.fact else each.phrases[one.language] if each.phrases else ()
        if not any(phrase in message.body for phrase in wanted):
            needed = f"{{{{ {each.fact} }}}}" if each.fact else " or ".join(wanted)
            yield f"{one.words}: does not say {each.what} ({needed}): {basis}"
