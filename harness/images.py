"""Which images a run makes the nodes pull, so that they can be mirrored before. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from harness.errors import UsageError
from harness.settings import Settings

_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,510}")
_SECRET = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")


def images(settings: Settings) -> tuple[str, ...]:
    """Every image once: ours first, then what the profile's own manifests name. Sidecars are the mesh's affair."""
    extras = (image for extra in settings.mesh.afterNamespaces for image in _named(extra.manifest))
    return tuple(dict.fromkeys([settings.image or settings.mesh.image, *extras]))


def checked_image(given: str | None) -> str | None:
    """The value of ``--image``; raises UsageError for what no registry could have."""
    if given is not None and not _REFERENCE.fullmatch(given):
        raise UsageError(f"--image {given!r}: not the name of an image", "such as mirror.example/python:3.12-slim")
    return given


def checked_secrets(given: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """The values of ``--image-pull-secret``, each once; raises UsageError for what is no name of a Secret."""
    for name in given:
        if not _SECRET.fullmatch(name):
            hint = "write the Secret's name alone: it has to be in each of the run's namespaces"
            raise UsageError(f"--image-pull-secret {name!r}: not the name of a Secret", hint)
    return tuple(dict.fromkeys(given))


def _named(part: Any) -> Iterator[str]:
    """Images of the containers anywhere in a manifest."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key in ("containers", "initContainers") and isinstance(value, list):
                yield from (str(one["image"]) for one in value if isinstance(one, dict) and one.get("image"))
            else:
                yield from _named(value)
    elif isinstance(part, list):
        for one in part:
            yield from _named(one)
