"""The forms that names, labels and annotations must have, with the messages of the Kubernetes API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lab.api.errors import Cause

_QUALIFIED = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")

_LARGEST_ANNOTATIONS = 256 * 1024  # bytes, keys and values of one object
# The resources whose names are single DNS labels, for they become DNS names or parts of them.
_LABEL_NAMES = {("", "namespaces"), ("", "services")}


@dataclass(frozen=True, slots=True)
class Form:
    """A form of names: how long they may be, their pattern, and the pattern in the API's words, with examples."""

    longest: int
    pattern: str
    words: str
    examples: str

    def problem(self, name: str) -> str:
        """What keeps ``name`` from having this form, or nothing."""
        if len(name) > self.longest:
            return f"must be no more than {self.longest} characters"
        if re.fullmatch(self.pattern, name):
            return ""
        return f"{self.words} (e.g. {self.examples}, regex used for validation is '{self.pattern}')"


LABEL = Form(
    63,
    "[a-z0-9]([-a-z0-9]*[a-z0-9])?",
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an alphanumeric character",
    "'my-name',  or '123-abc'",
)
LABEL_1035 = Form(
    63,
    "[a-z]([-a-z0-9]*[a-z0-9])?",
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    "and end with an alphanumeric character",
    "'my-name',  or 'abc-123'",
)
SUBDOMAIN = Form(
    253,
    r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*",
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character",
    "'example.com'",
)


def metadata_problems(metadata: dict[str, Any], group: str, plural: str) -> Iterator[Cause]:
    """What is wrong with an object's name, labels, annotations and finalizers."""
    name = metadata.get("name", "")
    if not name:
        yield Cause("FieldValueRequired", "Required value: name or generateName is required", "metadata.name")
    elif problem := _name_problem(name, group, plural):
        yield Cause("FieldValueInvalid", f'Invalid value: "{name}": {problem}', "metadata.name")
    yield from label_map_problems(metadata.get("labels"), "metadata.labels")
    for key in metadata.get("annotations") or {}:
        if problem := _key_problem(key.lower()):
            yield Cause("FieldValueInvalid", f'Invalid value: "{key}": {problem}', "metadata.annotations")
    size = sum(len(key.encode()) + len(value.encode()) for key, value in (metadata.get("annotations") or {}).items())
    if size > _LARGEST_ANNOTATIONS:
        message = f"Too long: may not be more than {_LARGEST_ANNOTATIONS} bytes"
        yield Cause("FieldValueTooLong", message, "metadata.annotations")
    for owner in metadata.get("ownerReferences") or ():
        for field in ("apiVersion", "kind", "name", "uid"):
            if not owner.get(field):
                yield Cause(
                    "FieldValueRequired", f"Required value: {field} must not be empty", "metadata.ownerReferences"
                )


def _name_problem(name: str, group: str, plural: str) -> str:
    if (group, plural) == ("", "services"):
        return LABEL_1035.problem(name)
    if group == "rbac.authorization.k8s.io":  # names like system:basic-user: whatever fits into a path
        return (
            "" if name not in {".", ".."} and not {"/", "%"} & set(name) else "may not be a path or contain '/' or '%'"
        )
    if (group, plural) in _LABEL_NAMES:
        return LABEL.problem(name)
    return SUBDOMAIN.problem(name)


def label_map_problems(labels: dict[str, Any] | None, where: str) -> Iterator[Cause]:
    """What is wrong with a map of labels or a selector."""
    for key, value in (labels or {}).items():
        if problem := _key_problem(key):
            yield Cause("FieldValueInvalid", f'Invalid value: "{key}": {problem}', where)
        if problem := _value_problem(value):
            yield Cause("FieldValueInvalid", f'Invalid value: "{value}": {problem}', where)


def _key_problem(key: str) -> str:
    prefix, slash, name = key.rpartition("/")
    if slash and (not prefix or SUBDOMAIN.problem(prefix)):
        return f"prefix part {SUBDOMAIN.problem(prefix) or 'must be non-empty'}"
    if not name:
        return "name part must be non-empty"
    if len(name) > 63:
        return "name part must be no more than 63 characters"
    if _QUALIFIED.fullmatch(name):
        return ""
    return (
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
        "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
        "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
    )


def _value_problem(value: str) -> str:
    if len(value) > 63:
        return "must be no more than 63 characters"
    if _VALUE.fullmatch(value):
        return ""
    return (
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must "
        "start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for "
        "validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
    )
