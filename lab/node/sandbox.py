"""Namespaces and mounts of the sandbox that the whole lab lives in."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

from lab.node import places, syscalls
from lab.node.syscalls import CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWUSER, CLONE_NEWUTS

_NAMESPACES = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC
_FORBIDDEN = frozenset({errno.EPERM, errno.EACCES, errno.ENOSPC, errno.EUSERS, errno.EINVAL, errno.ENOSYS})
# Each setting that may stand in the way, and its value when it does.
_SWITCHES = (
    ("kernel.unprivileged_userns_clone", "0", "sysctl kernel.unprivileged_userns_clone=1"),
    ("kernel.apparmor_restrict_unprivileged_userns", "1", "sysctl kernel.apparmor_restrict_unprivileged_userns=0"),
    ("user.max_user_namespaces", "0", "sysctl user.max_user_namespaces=10000"),
)


class SandboxError(Exception):
    """The host does not let us make a sandbox; ``hint`` says what would help."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def enter() -> None:
    """Move this process, which must have one thread, into namespaces of its own; its children form a new PID namespace.

    Root does without a user namespace where it can: inside one, files of other users are closed even to root.
    Raises SandboxError.
    """
    uid, gid = os.geteuid(), os.getegid()
    if uid == 0:
        try:
            syscalls.unshare(_NAMESPACES)
        except OSError as error:
            if error.errno != errno.EPERM:
                raise _refused(error) from error
        else:
            return
    try:
        syscalls.unshare(_NAMESPACES | CLONE_NEWUSER)
        _map_to_root(uid, gid)
    except OSError as error:
        raise _refused(error) from error


def _map_to_root(uid: int, gid: int) -> None:
    # An unprivileged process may map its own ids only, and its group only after giving up setgroups.
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {uid} 1")
    Path("/proc/self/gid_map").write_text(f"0 {gid} 1")


def _refused(error: OSError) -> SandboxError:
    if error.errno not in _FORBIDDEN:
        return SandboxError(f"the kernel cannot make the lab's namespaces: {error}", "see the kernel's log (dmesg)")
    return SandboxError("this host forbids user namespaces, in which the lab runs without root", advice(_read))


def _read(name: str) -> str:
    try:
        return Path("/proc/sys", *name.split(".")).read_text().strip()
    except OSError:
        return ""


def advice(setting: Callable[[str], str]) -> str:
    """The two ways out; names the setting that stands in the way if one of the usual ones does.

    ``setting`` is a function from a setting's name to its value, empty where the host does not have it.
    """
    culprits = [command for name, bad, command in _SWITCHES if setting(name) == bad]
    commands = culprits or [command for _name, _bad, command in _SWITCHES[:2]]
    return (
        "either run as root, or allow unprivileged user namespaces: "
        f"{' or '.join(commands)} (in a container: allow them in its seccomp profile, or run it privileged)"
    )


def furnish(run_dir: Path) -> None:
    """Private mounts for pid 1 of the sandbox: /proc of this PID namespace, an empty /run. Raises SandboxError."""
    keep = os.open(run_dir, os.O_PATH | os.O_DIRECTORY)
    try:
        syscalls.mount("none", "/", None, syscalls.MS_REC | syscalls.MS_PRIVATE)
        quiet = syscalls.MS_NOSUID | syscalls.MS_NODEV
        syscalls.mount("proc", "/proc", "proc", quiet | syscalls.MS_NOEXEC)
        syscalls.mount("gamma-lab", "/run", "tmpfs", quiet, "mode=755")
        for place in (places.RUN, places.NETNS, places.ROOTFS, places.PODS):
            place.mkdir()
        if run_dir.is_relative_to("/run"):  # covered just now
            run_dir.mkdir(parents=True)
            syscalls.bind(f"/proc/self/fd/{keep}", run_dir)
        syscalls.sethostname("gamma-lab")
    except OSError as error:
        raise SandboxError(
            f"the host lets us make namespaces but not mount in them: {error}",
            "in a container, run it privileged; else run the lab as root",
        ) from error
    finally:
        os.close(keep)


def build_rootfs(root: Path) -> None:
    """Lay out the file system of all containers at ``root``: the host's directories, read-only.

    Each container adds its own /proc, /sys, /run and /tmp. /etc consists of links, so that its resolv.conf, hosts and
    hostname can be the container's own, from /.pod, wherever the host keeps these files. Raises OSError.
    """
    syscalls.mount("gamma-rootfs", root, "tmpfs", syscalls.MS_NOSUID, "mode=755")
    for entry in sorted(os.scandir("/"), key=lambda entry: entry.name):
        place = root / entry.name
        if entry.is_symlink():
            place.symlink_to(Path(entry.path).readlink())
        elif entry.is_dir():
            place.mkdir()
            if entry.name not in {"proc", "sys", "run", "tmp", "etc"}:
                syscalls.bind(entry.path, place, recursive=True)
                syscalls.make_read_only(place, recursive=True)
    for name in ("proc", "sys", "run", "tmp", "etc", ".pod", ".image/etc"):
        (root / name).mkdir(parents=True, exist_ok=True)
    syscalls.bind("/etc", root / ".image/etc", recursive=True)
    syscalls.make_read_only(root / ".image/etc", recursive=True)
    own = {"resolv.conf", "hosts", "hostname"}
    for name in {*(entry.name for entry in Path("/etc").iterdir()), *own}:
        (root / "etc" / name).symlink_to(f"/.pod/etc/{name}" if name in own else f"/.image/etc/{name}")
