"""The files that messages are made from: which one speaks, and what it is made of.

`policies/templates/<policy>/<name>.<channel>.<language>.j2`; what a policy does not have itself is taken from `shared/`.
`<name>.caring.<channel>.<language>.j2` is the same message for somebody in difficulty. A template that needs none, as it
never presses, says so in its first line: `{# voice: caring #}`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from statemachine.stage import Tone

TEMPLATES = Path(__file__).parents[1] / "policies" / "templates"

_CARING = re.compile(r"\A\{#-?\s*voice: caring\s*-?#\}")


def files_of(template: str, channel: str, language: str, tone: Tone) -> tuple[str, ...]:
    """The files that can speak in this tone, the fittest first."""
    plain = f"{template}.{channel}.{language}.j2"
    return (f"{template}.caring.{channel}.{language}.j2", plain) if tone is Tone.CARING else (plain,)


def is_caring(source: str, name: str) -> bool:
    """Whether the template may speak to somebody in difficulty: by its name, or by its first line."""
    return ".caring." in name or _CARING.match(source) is not None


def environment_of(
    root: Path, policy_id: str, filters: Mapping[str, Callable[..., Any]]
) -> ImmutableSandboxedEnvironment:
    """Where a policy's templates are looked for. Raises ValueError for an id that could lead out of the folder."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", policy_id):
        raise ValueError(f"policy {policy_id!r}: an id is lower-case letters, digits, '-' and '_'")
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(
            [root / policy_id, root / "shared", root]
        ),  # root: for {% extends "shared/..." %}
        undefined=StrictUndefined,
        autoescape=False,  # plain text goes out, never HTML
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters = {**environment.filters, **filters}
    return environment


def parts_of(environment: ImmutableSandboxedEnvironment, name: str) -> dict[Path, str]:
    """Every file that the template `name` extends or includes, itself first, with its source. Raises TemplateError."""
    found: dict[Path, str] = {}
    waiting = [name]
    while waiting:
        source, path = _read(environment, waiting.pop(0))
        if path not in found:
            found[path] = source
            waiting += _named_in(source)
    return found


@lru_cache(maxsize=512)
def tree_of(source: str) -> nodes.Template:
    """The syntax of a template. Raises TemplateError."""
    return Environment(trim_blocks=True, lstrip_blocks=True).parse(source)


def lines_that_choose(source: str) -> tuple[int, ...]:
    """The lines of `source` that extend, include or import a file chosen only while it is written: nobody can check it."""
    named: Iterator[nodes.Extends | nodes.Include | nodes.Import | nodes.FromImport] = tree_of(
        source
    ).find_all((nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport))
    return tuple(one.lineno for one in named if not isinstance(one.template, nodes.Const))


def _named_in(source: str) -> tuple[str, ...]:
    """The templates that `source` extends or includes by name."""
    return tuple(one for one in meta.find_referenced_templates(tree_of(source)) if one is not None)


def unknown_variables(
    environment: ImmutableSandboxedEnvironment, source: str, known: frozenset[str]
) -> Iterator[tuple[int, str]]:
    """(line, name) of every variable in `source` that no message knows, branches that are not taken included."""
    tree = environment.parse(source)
    for name in sorted(meta.find_undeclared_variables(tree) - known):
        yield min(node.lineno for node in tree.find_all(nodes.Name) if node.name == name), name


def _read(environment: ImmutableSandboxedEnvironment, name: str) -> tuple[str, Path]:
    assert environment.loader is not None
    source, path, _ = environment.loader.get_source(environment, name)
    assert path is not None
    return source, Path(path)
