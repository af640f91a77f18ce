"""YAML with positions: plain data, and for each part of it the place where it was written.

Only what the author sees counts: ``yes``, ``on``, ``0755``, ``1:30`` and dates are strings here, not the booleans,
octal numbers, sexagesimals and dates of YAML 1.1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from harness.errors import Problem
from harness.scenario.basics import Mark

Path = tuple[str | int, ...]

#: libyaml reads ten times faster; it is part of the usual wheels of PyYAML, but not of all.
_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}
_DEEPEST = 60  # levels; Kubernetes objects have a dozen


@dataclass
class Tree:
    """The data of one file, and where each part of it stands."""

    file: str
    data: Any = None
    marks: dict[Path, Mark] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def at(self, path: Path) -> Mark:
        """The place of a path; where it does not exist, of the deepest part that does."""
        for end in range(len(path), -1, -1):
            if path[:end] in self.marks:
                return self.marks[path[:end]]
        return Mark(self.file, 1)


def parse(text: str, file: str) -> Tree:
    """The tree of one document; what is not understood stands in its ``problems``, and never raises."""
    tree = Tree(file)
    try:
        tree.problems += _forbidden(text, tree)
        node = None if tree.problems else yaml.compose(text, _LOADER)
    except yaml.MarkedYAMLError as error:
        where = error.problem_mark or error.context_mark
        mark = Mark(file, where.line + 1, where.column + 1) if where else Mark(file, 1)
        # Newer releases of libyaml have a limit of their own, which strikes while tokens are read ahead.
        too_deep = "maximum nesting depth" in (error.problem or "")
        tree.problems.append(
            _too_deep(mark) if too_deep else Problem(mark, f"not valid YAML: {_what(error)}", _remedy(error))
        )
        return tree
    except (yaml.YAMLError, ValueError) as error:
        tree.problems.append(Problem(Mark(file, 1), f"not valid YAML: {' '.join(str(error).split())}"))
        return tree
    if tree.problems:
        return tree
    if node is None:
        tree.problems.append(Problem(Mark(file, 1), "the file is empty", "begin with `scenario: NAME`"))
        return tree
    tree.data = _build(tree, node, ())
    return tree


def _what(error: yaml.MarkedYAMLError) -> str:
    return ", ".join(part for part in (error.context, error.problem) if part) or "not readable"


def _remedy(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or ""
    if "mapping values are not allowed" in problem:
        return "a colon followed by a space begins a value: quote the text it belongs to, or correct the indentation"
    if "cannot start any token" in problem:
        return "indent by spaces, not by tabs; quote a text that begins with @, % or a backquote"
    if "but found another document" in problem or "single document" in (error.context or ""):
        return "one file holds one scenario: remove the `---`"
    return ""


def _forbidden(text: str, tree: Tree) -> list[Problem]:
    """What YAML allows and a scenario does not: aliases, tags, endless depth. Raises yaml.YAMLError."""
    found: list[Problem] = []
    depth = 0
    for event in yaml.parse(text, _LOADER):
        mark = _mark(tree, event.start_mark) if event.start_mark else Mark(tree.file, 1)
        if isinstance(event, yaml.AliasEvent):
            found.append(Problem(mark, f"alias *{event.anchor}", "write it out: a scenario has no aliases"))
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif tag := getattr(event, "tag", None):
            found.append(Problem(mark, f"tag {tag}", "leave it out: quote a text that looks like something else"))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                return [_too_deep(mark)]
    return found


def _too_deep(mark: Mark) -> Problem:
    return Problem(mark, f"nested more than {_DEEPEST} levels deep", "no scenario needs that")


def _mark(tree: Tree, mark: Any) -> Mark:  # libyaml has marks of its own type
    return Mark(tree.file, mark.line + 1, mark.column + 1)


def _build(tree: Tree, node: yaml.Node, path: Path) -> Any:
    tree.marks.setdefault(path, _mark(tree, node.start_mark))
    if isinstance(node, yaml.MappingNode):
        return _mapping(tree, node, path)
    if isinstance(node, yaml.SequenceNode):
        return [_build(tree, item, (*path, index)) for index, item in enumerate(node.value)]
    assert isinstance(node, yaml.ScalarNode), "aliases are refused before"
    return _scalar(node)


def _mapping(tree: Tree, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        mark = _mark(tree, key_node.start_mark)
        if not isinstance(key_node, yaml.ScalarNode):
            tree.problems.append(Problem(mark, "a key that is no word", "keys are plain words"))
            continue
        key = key_node.value
        if key in found:
            first = tree.marks[(*path, key)].line
            tree.problems.append(Problem(mark, f"duplicate key {key!r}: it stands in line {first} already", "keep one"))
            continue
        tree.marks[(*path, key)] = mark
        found[key] = _build(tree, value_node, (*path, key))
    return found


def _scalar(node: yaml.ScalarNode) -> str | int | float | bool | None:
    text: str = node.value
    if node.style in ('"', "'", "|", ">"):  # quoted, or a block: always a string
        return text
    if text.lower() in _WORDS and text in (text.lower(), text.upper(), text.capitalize()):
        return _WORDS[text.lower()]
    if _INTEGER.fullmatch(text) and len(text) < 20:
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text
