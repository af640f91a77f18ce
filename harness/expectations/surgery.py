"""Edits of a file of expectations by the positions of its YAML nodes, which leave every other character alone. Pure.

A library that reads and writes whole documents would wrap and quote anew, and would take the comment behind a removed
entry, which is about the next one, away with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import yaml

from harness.errors import UsageError

_DASHES = "write the entries as a list with dashes, each key on a line of its own"


@dataclass(frozen=True, slots=True)
class Edit:
    """Characters ``start`` to ``end`` of the text become another text."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Place:
    """One entry in the text."""

    text: str
    node: yaml.MappingNode

    def removal(self, comment: str) -> Edit:
        """The whole entry gives way to a comment."""
        dash = self.text.rindex("-", 0, self.node.start_mark.index)
        start = self.text.rfind("\n", 0, dash) + 1
        indent = self.text[start:dash]
        # In one line whatever it quotes: a comment ends with its line.
        return Edit(start, _line_end(self.text, _end(self.node, self.text)), f"{indent}# {' '.join(comment.split())}\n")

    def patterns(self, remaining: Sequence[tuple[str, ...] | None]) -> Iterator[Edit]:
        """The entry's patterns: each stays (None), goes (empty), or is replaced by ids."""
        node = next(value for key, value in self.node.value if key.value == "checks")
        if isinstance(node, yaml.SequenceNode) and not node.flow_style:
            pairs = zip(node.value, remaining, strict=True)
            yield from (self._item(item, rest) for item, rest in pairs if rest is not None)
            return
        items = node.value if isinstance(node, yaml.SequenceNode) else [node]
        words = [
            word
            for item, rest in zip(items, remaining, strict=True)
            for word in ([self.text[item.start_mark.index : item.end_mark.index]] if rest is None else rest)
        ]
        single = len(words) == 1 and isinstance(node, yaml.ScalarNode)
        new = words[0] if single else f"[{', '.join(words)}]"
        yield Edit(node.start_mark.index, node.end_mark.index, new)

    def _item(self, item: yaml.Node, rest: tuple[str, ...]) -> Edit:
        start = self.text.rfind("\n", 0, item.start_mark.index) + 1
        if not rest:
            return Edit(start, _line_end(self.text, item.end_mark.index), "")
        before = self.text[start : item.start_mark.index]
        return Edit(item.start_mark.index, item.end_mark.index, f"\n{before}".join(rest))


@dataclass(frozen=True, slots=True)
class Places:
    """The list of entries in the text."""

    text: str
    key: yaml.Node
    node: yaml.SequenceNode

    @property
    def entries(self) -> list[Place]:
        """The entries, in their order."""
        return [Place(self.text, entry) for entry in self.node.value]

    @property
    def indent(self) -> str:
        """What stands before the dash of an entry."""
        if not self.node.value:
            return "  "
        dash = self.text.rindex("-", 0, self.node.value[0].start_mark.index)
        return self.text[self.text.rfind("\n", 0, dash) + 1 : dash]

    def appended(self, new: str, *, emptied: bool) -> Iterator[Edit]:
        """The text of new entries behind the last one; `emptied`: no other is left."""
        if not self.node.value:
            if new:
                colon = self.text.index(":", self.key.end_mark.index) + 1
                yield Edit(colon, self.node.end_mark.index, f"\n{new.rstrip()}")
            return
        if new:
            end = _line_end(self.text, _end(self.node, self.text))
            yield Edit(end, end, new if self.text[:end].endswith("\n") else f"\n{new}")
        elif emptied:
            colon = self.text.index(":", self.key.end_mark.index) + 1
            yield Edit(colon, colon, " []")


def places(text: str, file: str) -> Places:
    """The list of entries of a file that was found valid. Raises UsageError where it is written in brackets."""
    root = yaml.compose(text, yaml.SafeLoader)
    assert isinstance(root, yaml.MappingNode), "the file was parsed before"
    key, node = next((key, value) for key, value in root.value if key.value == "expectations")
    assert isinstance(node, yaml.SequenceNode), "likewise"
    if root.flow_style or (node.flow_style and node.value):
        raise UsageError(f"{file}: its entries stand in brackets, and cannot be edited", _DASHES)
    return Places(text, key, node)


def edited(text: str, edits: Iterable[Edit]) -> str:
    """The text after all edits; none of them may touch another."""
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end), reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _end(node: yaml.Node, text: str) -> int:
    """Where the last word below a node ends; a block's own end lies behind the comments that follow it."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
        return _end(node.value[-1][1], text)
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
        return _end(node.value[-1], text)
    return len(text[: node.end_mark.index].rstrip())  # a block of text takes blank lines in


def _line_end(text: str, index: int) -> int:
    """Behind the line that the index lies in; a comment on that line goes with it."""
    found = text.find("\n", index)
    return len(text) if found < 0 else found + 1
