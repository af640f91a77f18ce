"""Links inside the page: the address holds the filters, so that what one sees can be sent to somebody. Pure."""

from __future__ import annotations

from urllib.parse import quote, urlencode

#: Filters that an address may hold, besides the check that it leads to.
FILTERS = ("area", "support", "feature", "requirement", "verdict", "q")


def link(**wanted: str) -> str:
    """``#area=weights&support=core``; a link to a check alone works without the script, too."""
    if set(wanted) == {"check"}:
        return f"#{quote(anchor(wanted['check']), safe='/=')}"
    return "#" + urlencode(wanted)


def anchor(check: str) -> str:
    """The id of a check's element."""
    return f"check={check}"
