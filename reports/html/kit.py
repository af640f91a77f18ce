"""What every HTML page is made with: an environment that trusts nothing, the theme inlined, data handed to scripts.

A page extends ``base.html.j2`` and is given `assets`; ``pictures.html.j2`` draws what `reports.html.pictures` measured.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from reports.text import bounded, visible, visible_lines

#: Characters of one text that a page shows; whoever sent more finds it in the evidence folder.
LONGEST = 4000


@dataclass(frozen=True, slots=True)
class Assets:
    """Style and script of a page as they stand inside it, and the policy that allows these and nothing else."""

    style: Markup
    script: Markup
    policy: str


@cache
def assets(styles: tuple[str, ...] = (), scripts: tuple[str, ...] = (), package: str = __package__) -> Assets:
    """The theme, followed by these files of `package`."""
    style = "".join(_read(*one) for one in ((__package__, "theme.css"), *((package, name) for name in styles)))
    script = "".join(_read(*one) for one in ((__package__, "theme.js"), *((package, name) for name in scripts)))
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return Assets(Markup(style), Markup(script), policy)  # noqa: S704 (our own files)


def _read(package: str, name: str) -> str:
    text = files(package).joinpath(name).read_text(encoding="utf-8")
    assert "</" not in text or name.endswith(".js"), "a style must not end its element"
    assert "</script" not in text.lower(), "a script must not end its element"
    return text


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def environment(*packages: str) -> Environment:
    """Templates of ours, and of these packages before them.

    Every value that a template prints is bounded, made visible and escaped, whether or not its author thought of it;
    values of several lines go through ``|lines``.
    """
    loader = ChoiceLoader([PackageLoader(package) for package in (*packages, __package__)])
    made = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=plain,
    )
    made.filters |= {"lines": lines, "island": island, "fragments": fragments, "number": number, "web": web}
    return made


def plain(value: object) -> object:
    """A text of one line that shows everything that it holds; markup of our own stays."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible(bounded(value, LONGEST))
    return value


def lines(text: str, limit: int = 4 * LONGEST) -> Markup:
    """A text of several lines, each made visible, escaped."""
    shown = bounded(text, limit)
    if not shown.replace("\n", "").isprintable():
        shown = "\n".join(visible_lines(shown))
    return escape(shown)


def island(data: object) -> Markup:
    """Data for the script of the page, as JSON inside of an element: without ``<`` nothing can end that element."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for char in "<\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)  # noqa: S704 (cannot hold markup any more)


def fragments(data: object) -> Markup:
    """The same for markup of ours, in which everything else has been escaped: shorter, as most ``<`` may stay.

    Inside of a script element ``</`` may end it and ``<!`` change how it is read; no other sequence does anything.
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    text = (
        text.replace("</", "<\\/").replace("<!", "\\u003c!").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    )
    return Markup(text)  # noqa: S704 (nothing in it can end its element)


def number(value: float) -> str:
    """``12,345``; at most three decimals."""
    return f"{value:,.3f}".rstrip("0").rstrip(".")


def web(address: str) -> str:
    """The address if a reader may follow it, else nothing: only pages of the web."""
    return address if address.startswith("https://") and visible(address) == address else ""
