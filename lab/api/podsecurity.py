"""Pod Security: what the levels ``baseline`` and ``restricted`` forbid, in the words of a real cluster. Pure.

A namespace asks for a level by the label ``pod-security.kubernetes.io/enforce``. Checked is what a Linux pod of this
project or a proxy beside it may have; sysctls, SELinux, AppArmor and Windows options are not looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

Object = dict[str, Any]

ENFORCE = "pod-security.kubernetes.io/enforce"
_VERSION = f"{ENFORCE}-version"
# Which capabilities the level baseline lets a container add; restricted knows but one.
_DEFAULT_CAPABILITIES = frozenset(
    {
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    }
)
_RESTRICTED_CAPABILITIES = frozenset({"NET_BIND_SERVICE"})
_VOLUMES = frozenset(
    {
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
    }
)
_SAFE_PROFILES = ("RuntimeDefault", "Localhost")

Check = Callable[[Object], Iterator[str]]


def violation(labels: Mapping[str, str], pod: Object) -> str:
    """Why a pod may not be created in a namespace with these labels; empty where it may."""
    level = labels.get(ENFORCE, "privileged")
    checks = {"baseline": _BASELINE, "restricted": _RESTRICTED}.get(level, ())
    found = [text for check in checks for text in check(pod.get("spec") or {})]
    if not found:
        return ""
    return f'violates PodSecurity "{level}:{labels.get(_VERSION, "latest")}": {", ".join(found)}'


def _containers(spec: Object) -> list[Object]:
    return [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]


def _security(container: Object) -> Object:
    return container.get("securityContext") or {}


def _named(containers: Iterable[Object], *, pod: bool = False) -> str:
    """``container "a"``, or ``pod or containers "a", "b"``."""
    names = [f'"{one["name"]}"' for one in containers]
    word = "containers" if len(names) > 1 else "container"
    return f"{'pod or ' if pod else ''}{word} {', '.join(names)}"


def _quoted(values: Iterable[str]) -> str:
    return ", ".join(f'"{value}"' for value in sorted(values))


def _privileged(spec: Object) -> Iterator[str]:
    bad = [one for one in _containers(spec) if _security(one).get("privileged")]
    if bad:
        yield f"privileged ({_named(bad)} must not set securityContext.privileged=true)"


def _host_namespaces(spec: Object) -> Iterator[str]:
    used = [f"{name}=true" for name in ("hostNetwork", "hostPID", "hostIPC") if spec.get(name)]
    if used:
        yield f"host namespaces ({', '.join(used)})"


def _host_paths(spec: Object) -> Iterator[str]:
    names = [one["name"] for one in spec.get("volumes") or () if "hostPath" in one]
    if names:
        yield f"hostPath volumes (volume{'s' if len(names) > 1 else ''} {_quoted(names)})"


def _host_ports(spec: Object) -> Iterator[str]:
    used = {one["name"]: _ports(one) for one in _containers(spec) if _ports(one)}
    if used:
        numbers = sorted({number for ports in used.values() for number in ports})
        names = [{"name": name} for name in used]
        verb = "use" if len(used) > 1 else "uses"
        word = "hostPorts" if len(numbers) > 1 else "hostPort"
        yield f"hostPort ({_named(names)} {verb} {word} {', '.join(map(str, numbers))})"


def _ports(container: Object) -> list[int]:
    return [port["hostPort"] for port in container.get("ports") or () if port.get("hostPort")]


def _adds_beyond(spec: Object, allowed: frozenset[str], title: str) -> Iterator[str]:
    added = {id(one): set((_security(one).get("capabilities") or {}).get("add") or ()) for one in _containers(spec)}
    bad = [one for one in _containers(spec) if added[id(one)] - allowed]
    if bad:
        beyond = set().union(*(added[id(one)] for one in bad)) - allowed
        yield f"{title} ({_named(bad)} must not include {_quoted(beyond)} in securityContext.capabilities.add)"


def _default_capabilities(spec: Object) -> Iterator[str]:
    yield from _adds_beyond(spec, _DEFAULT_CAPABILITIES, "non-default capabilities")


def _restricted_capabilities(spec: Object) -> Iterator[str]:
    keeps = [
        one for one in _containers(spec) if "ALL" not in ((_security(one).get("capabilities") or {}).get("drop") or ())
    ]
    parts = [f'{_named(keeps)} must set securityContext.capabilities.drop=["ALL"]'] if keeps else []
    beyond = _adds_beyond(spec, _RESTRICTED_CAPABILITIES, "")
    parts += [text.removeprefix(" (").removesuffix(")") for text in beyond]
    if parts:
        yield f"unrestricted capabilities ({'; '.join(parts)})"


def _volume_types(spec: Object) -> Iterator[str]:
    for one in spec.get("volumes") or ():
        kind = next((key for key in one if key != "name"), "emptyDir")
        if kind not in _VOLUMES:
            yield f'restricted volume types (volume "{one["name"]}" uses restricted volume type "{kind}")'


def _escalation(spec: Object) -> Iterator[str]:
    bad = [one for one in _containers(spec) if _security(one).get("allowPrivilegeEscalation") is not False]
    if bad:
        where = "must set securityContext.allowPrivilegeEscalation=false"
        yield f"allowPrivilegeEscalation != false ({_named(bad)} {where})"


def _non_root(spec: Object) -> Iterator[str]:
    whole = (spec.get("securityContext") or {}).get("runAsNonRoot")
    said = [one for one in _containers(spec) if _security(one).get("runAsNonRoot") is False]
    silent = [one for one in _containers(spec) if _security(one).get("runAsNonRoot") is None]
    if said:
        yield f"runAsNonRoot != true ({_named(said)} must not set securityContext.runAsNonRoot=false)"
    elif silent and whole is not True:
        yield f"runAsNonRoot != true ({_named(silent, pod=True)} must set securityContext.runAsNonRoot=true)"


def _root_user(spec: Object) -> Iterator[str]:
    bad = [one for one in _containers(spec) if _security(one).get("runAsUser") == 0]
    parts = ["pod must not set runAsUser=0"] if (spec.get("securityContext") or {}).get("runAsUser") == 0 else []
    if bad:
        parts.append(f"{_named(bad)} must not set runAsUser=0")
    if parts:
        yield f"runAsUser=0 ({', '.join(parts)})"


def _profile(holder: Object) -> str | None:
    found: str | None = (holder.get("seccompProfile") or {}).get("type")
    return found


def _unconfined(spec: Object) -> Iterator[str]:
    bad = [one for one in _containers(spec) if _profile(_security(one)) == "Unconfined"]
    if bad:
        yield f'seccompProfile ({_named(bad)} must not set securityContext.seccompProfile.type to "Unconfined")'


def _confined(spec: Object) -> Iterator[str]:
    whole = _profile(spec.get("securityContext") or {})
    bad = [one for one in _containers(spec) if (_profile(_security(one)) or whole) not in _SAFE_PROFILES]
    if bad:
        wanted = " or ".join(f'"{one}"' for one in _SAFE_PROFILES)
        pod = whole not in _SAFE_PROFILES
        yield f"seccompProfile ({_named(bad, pod=pod)} must set securityContext.seccompProfile.type to {wanted})"


_BASELINE: tuple[Check, ...] = (
    _host_namespaces,
    _privileged,
    _default_capabilities,
    _host_paths,
    _host_ports,
    _unconfined,
)
_RESTRICTED: tuple[Check, ...] = (
    _host_namespaces,
    _privileged,
    _default_capabilities,
    _host_paths,
    _host_ports,
    _escalation,
    _restricted_capabilities,
    _volume_types,
    _non_root,
    _root_user,
    _confined,
)
