"""Which facts a template reads where somebody else could read them, by its syntax tree: whatever sample it is written
with, in every branch."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from jinja2 import nodes

TELLING = frozenset({"balance_minor", "plan", "days_past_due", "overdue_since", "borrower_name"})
"""What tells of a debt, or whose it is. Of `next_instalment` only the day may be read."""

_ABOUT_THEM = frozenset({"page_url", "loan_id", "pay_reference", "time_barred"})
"""What a third person has no need to hear beside."""

_Kind = TypeVar("_Kind", bound=nodes.Node)

Read = tuple[int, str]
"""The line, and the variable."""


def read_in_text(tree: nodes.Template) -> Iterator[Read]:
    """What a text must not tell: it is read on locked screens, over shoulders and on lost numbers."""
    return _named(tree, TELLING)


def read_by_third_person(tree: nodes.Template) -> Iterator[Read]:
    """What is not told to anybody else than the borrower. Whom one looks for has to be named."""
    return _named(tree, TELLING - {"borrower_name"} | _ABOUT_THEM)


def read_in_subject(trees: Iterable[nodes.Template], known: frozenset[str]) -> Iterator[tuple[int, Read]]:
    """What a subject must not tell, with the number of the tree: facts that tell, and names that could hide one."""
    trees, blocks = list(trees), {"subject"}
    found: list[tuple[int, nodes.Node]] = []
    while True:
        before = len(blocks)
        found = [(number, node) for number, tree in enumerate(trees) for node in _subject_of(tree, blocks)]
        blocks |= {block.name for _, node in found for block in _all(node, nodes.Block)}
        if len(blocks) == before:
            break
    for number, node in found:
        for include in _all(node, nodes.Include):
            yield number, (include.lineno, "include")
        hidden = {name.name for name in _all(node, nodes.Name)} - known
        for read in _named(node, TELLING | hidden):
            yield number, read


def _named(node: nodes.Node, refused: frozenset[str]) -> Iterator[Read]:
    days = {
        id(one.node) for one in _all(node, nodes.Getattr) if one.attr == "due_on" and isinstance(one.node, nodes.Name)
    }  # fmt: skip
    for name in _all(node, nodes.Name):
        if name.name in refused or (name.name == "next_instalment" and id(name) not in days):
            yield name.lineno, name.name


def _subject_of(tree: nodes.Template, blocks: set[str]) -> Iterator[nodes.Node]:
    """Blocks that make a subject, and whatever stands between `Subject:` and the end of its line."""
    yield from (block for block in tree.find_all(nodes.Block) if block.name in blocks)
    is_within = False
    for node in _in_order(tree):
        if isinstance(node, nodes.TemplateData):
            rest = node.data.rpartition("Subject:")[2] if "Subject:" in node.data else node.data
            is_within = (is_within or "Subject:" in node.data) and "\n" not in rest
        elif is_within:
            yield node


def _in_order(node: nodes.Node) -> Iterator[nodes.Node]:
    """Text, expressions, blocks and includes, in the order in which they stand."""
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.Block | nodes.Include | nodes.Expr):
            yield child
        if isinstance(child, nodes.Stmt):
            yield from _in_order(child)


def _all(node: nodes.Node, kind: type[_Kind]) -> Iterator[_Kind]:
    """`node` itself, or what is within it, where it is of this kind."""
    if isinstance(node, kind):
        yield node
    yield from node.find_all(kind)
