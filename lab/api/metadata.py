"""Object metadata: what the server fills in at creation, and what an update may not change."""

from __future__ import annotations

import random
import uuid
from typing import Any

from lab.api import clock
from lab.api.errors import MODIFIED, Cause, StatusError, bad_request, conflict, invalid
from lab.api.resources import Resource

Object = dict[str, Any]

# Without vowels and look-alikes, as the suffixes of generated names have always been.
_SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
_LONGEST_PREFIX = 58
_SERVER_OWNED = (
    "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "selfLink",
)  # fmt: skip


def identify(resource: Resource, namespace: str, name: str, obj: Object) -> None:
    """Complete apiVersion, kind, namespace and name, which must agree with the path. Raises StatusError (400)."""
    given = obj.setdefault("apiVersion", resource.api_version), obj.setdefault("kind", resource.kind)
    if given != (resource.api_version, resource.kind):
        raise bad_request(
            f"the API version and kind in the data ({given[0]}, Kind={given[1]}) do not match the expected ones "
            f"({resource.api_version}, Kind={resource.kind})"
        )
    metadata = obj.get("metadata")
    if metadata is None:
        metadata = obj["metadata"] = {}
    if not isinstance(metadata, dict):
        raise bad_request(f"{resource.kind}.metadata must be an object")
    if not resource.namespaced:
        metadata.pop("namespace", None)
    elif metadata.setdefault("namespace", namespace) != namespace:
        raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
    if name and metadata.setdefault("name", name) != name:
        raise bad_request(f"the name of the object ({metadata['name']}) does not match the name on the URL ({name})")


def complete_new(obj: Object, *, generation: bool) -> None:
    """Give a new object its name (from generateName), uid, creation time and first generation."""
    metadata = obj["metadata"]
    for field in (*_SERVER_OWNED, "resourceVersion", "managedFields"):
        metadata.pop(field, None)
    prefix = metadata.get("generateName")
    if prefix and not metadata.get("name"):
        metadata["name"] = prefix[:_LONGEST_PREFIX] + "".join(random.choices(_SUFFIX_LETTERS, k=5))  # noqa: S311
    metadata["uid"] = str(uuid.uuid4())
    metadata["creationTimestamp"] = clock.timestamp()
    if generation:
        metadata["generation"] = 1


def check_version_given(resource: Resource, obj: Object) -> None:
    """Custom resources are replaced only as the version that was read. Raises StatusError (422)."""
    if not resource.builtin and not obj["metadata"].get("resourceVersion"):
        message = "Invalid value: 0x0: must be specified for an update"
        cause = Cause("FieldValueInvalid", message, "metadata.resourceVersion")
        raise invalid(resource.group, resource.kind, obj["metadata"].get("name", ""), [cause])


def carry_over(resource: Resource, old: Object, new: Object) -> None:
    """Keep what only the server writes; refuse what presumes another object or state. Raises StatusError."""
    before, metadata = old["metadata"], new["metadata"]
    name = before["name"]
    uid = metadata.get("uid")
    if uid and uid != before["uid"]:
        why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {before['uid']}"
        raise conflict(resource.group, resource.plural, name, why)
    version = metadata.get("resourceVersion")
    if version and version != before["resourceVersion"]:
        raise conflict(resource.group, resource.plural, name, MODIFIED)
    for field in _SERVER_OWNED:
        if field in before:
            metadata[field] = before[field]
        else:
            metadata.pop(field, None)
    if before.get("deletionTimestamp"):
        added = set(metadata.get("finalizers") or ()) - set(before.get("finalizers") or ())
        if added:
            message = (
                "Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers "
                f"{sorted(added)}"
            )
            cause = Cause("FieldValueForbidden", message, "metadata.finalizers")
            raise invalid(resource.group, resource.kind, name, [cause])


def check_preconditions(resource: Resource, obj: Object, uid: str, version: str) -> None:
    """Raises StatusError (409) unless the object is the one, in the state, that the request names."""
    metadata = obj["metadata"]
    found: StatusError | None = None
    if uid and uid != metadata["uid"]:
        why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {metadata['uid']}"
        found = conflict(resource.group, resource.plural, metadata["name"], why)
    elif version and version != metadata["resourceVersion"]:
        why = (
            f"Precondition failed: ResourceVersion in precondition: {version}, "
            f"ResourceVersion in object meta: {metadata['resourceVersion']}"
        )
        found = conflict(resource.group, resource.plural, metadata["name"], why)
    if found is not None:
        raise found
