"""Each wrong replacement of a prefix is wrong in its own way, and right in all others."""

from __future__ import annotations

import re

import pytest

from lab.defects.filters import paths as wrong
from lab.mesh.envoy.actions import path_rewrite
from lab.mesh.model.actions import PathPattern
from lab.mesh.world.route import PathChange

# Prefix and replacement as a route has them, a path, and what becomes of it.
ROWS = {
    "rest": ("/a", "/xyz", "/a/bar", "/xyz/bar"),
    "nothing": ("/a", "/xyz", "/a", "/xyz"),
    "slash": ("/a", "/xyz", "/a/", "/xyz/"),
    "slash-in-new": ("/a", "/xyz/", "/a/bar", "/xyz/bar"),
    "slash-in-old": ("/a/", "/xyz", "/a/bar", "/xyz/bar"),
    "slash-in-both": ("/a/", "/xyz/", "/a/bar", "/xyz/bar"),
    "empty-rest": ("/a", "", "/a/bar", "/bar"),
    "empty-slash": ("/a", "", "/a/", "/"),
    "empty-nothing": ("/a", "", "/a", "/"),
    "root-rest": ("/a", "/", "/a/bar", "/bar"),
    "root-slash": ("/a", "/", "/a/", "/"),
    "root-nothing": ("/a", "/", "/a", "/"),
    "twice": ("/a", "/xyz", "/a/b/a", "/xyz/b/a"),
}


def replaced(joined: wrong.Joined | None, prefix: str, new: str, path: str) -> str:
    """What Envoy makes of the path."""
    made = joined(prefix, new) if joined else None
    change = (
        PathChange(whole=False, value=new) if made is None else PathPattern(whole=True, value=made[1], regex=made[0])
    )
    rewrite = path_rewrite(change, prefix.rstrip("/"))
    return re.sub(rewrite["pattern"]["regex"], rewrite["substitution"], path)


def test_the_right_replacement() -> None:
    for prefix, new, path, expected in ROWS.values():
        assert replaced(None, prefix, new, path) == expected


@pytest.mark.parametrize(
    ("joined", "rows"),
    [
        (wrong.slash_added, {"nothing"}),
        (wrong.trailing_slash_lost, {"slash"}),
        (wrong.slash_of_replacement_kept, {"slash-in-new"}),
        (wrong.slash_of_prefix_taken, {"slash-in-old"}),
        (wrong.slashes_cancel, {"slash-in-both"}),
        (wrong.empty_means_none, {"empty-rest", "empty-slash", "empty-nothing"}),
        (wrong.empty_means_root, {"empty-rest", "empty-slash"}),
        (wrong.root_doubled, {"root-rest", "root-slash"}),
        (wrong.root_means_none, {"root-slash", "root-nothing"}),
        (wrong.everywhere, {"twice"}),
        (wrong.slash_of_both_kept, {"slash-in-new", "slash-in-both"}),
    ],
)
def test_wrong_where_it_says_and_nowhere_else(joined: wrong.Joined, rows: set[str]) -> None:
    found = {
        name for name, (prefix, new, path, expected) in ROWS.items() if replaced(joined, prefix, new, path) != expected
    }
    assert found == rows
