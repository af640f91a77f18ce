"""Rules about the paths that requests are compared with."""

from __future__ import annotations

import re

from spec.crds.rules.base import Value, rule

_LITERAL_PATHS = ("Exact", "PathPrefix")
_PATH = re.compile(r"(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+")
_DOT_SEGMENT = re.compile(r"/\.\.?(/|\Z)")


@rule("path-absolute")
def _path_absolute(path: Value) -> bool:
    return path["type"] not in _LITERAL_PATHS or path["value"].startswith("/")


@rule("path-no-double-slash")
def _path_no_double_slash(path: Value) -> bool:
    return path["type"] not in _LITERAL_PATHS or "//" not in path["value"]


@rule("path-no-dot-segments")
def _path_no_dot_segments(path: Value) -> bool:
    return path["type"] not in _LITERAL_PATHS or not _DOT_SEGMENT.search(path["value"])


@rule("path-no-encoded-slash")
def _path_no_encoded_slash(path: Value) -> bool:
    return path["type"] not in _LITERAL_PATHS or "%2f" not in path["value"].lower()


@rule("path-no-fragment")
def _path_no_fragment(path: Value) -> bool:
    return path["type"] not in _LITERAL_PATHS or "#" not in path["value"]


@rule("path-characters")
def _path_characters(path: Value) -> bool:
    return path["type"] not in _LITERAL_PATHS or bool(_PATH.fullmatch(path["value"]))
