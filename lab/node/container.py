"""What a fresh fork does to become a container's process: namespaces, mounts, standard streams.

Runs in the single-threaded zygote's child only. Linux details that matter here: a process enters a PID namespace by
being forked into it (so the zygote does that part), and a mount namespace last, because it changes what paths mean.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lab.node import syscalls
from lab.node.places import ROOTFS
from lab.node.syscalls import CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWUTS

_QUIET = syscalls.MS_NOSUID | syscalls.MS_NODEV


@dataclass(frozen=True, slots=True)
class Mount:
    """A file or directory of the pod's own (``source``, relative to it) shown at ``target`` in the container."""

    source: str
    target: str
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """What to run: in a container that is there, or as the first process of a new one."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    directory: str = "/"
    terminal: bool = False


@dataclass(frozen=True, slots=True)
class Container:
    """A container to be made. ``pod_dir`` holds the pod's etc and volumes."""

    pod_dir: str
    hostname: str
    mounts: tuple[Mount, ...] = ()


def to_json(part: Command | Container) -> dict[str, Any]:
    """For the message to the zygote."""
    return asdict(part)


def command_from(raw: Mapping[str, Any]) -> Command:
    """What ``to_json`` made of a Command."""
    return Command(tuple(raw["arguments"]), raw["environment"], raw["directory"], raw["terminal"])


def container_from(raw: Mapping[str, Any]) -> Container:
    """What ``to_json`` made of a Container."""
    return Container(raw["pod_dir"], raw["hostname"], tuple(Mount(**mount) for mount in raw["mounts"]))


def build(container: Container, netns: int) -> None:
    """Move this process into a new container whose network is ``netns``. Raises OSError."""
    syscalls.setns(netns, CLONE_NEWNET)
    syscalls.unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC)
    syscalls.sethostname(container.hostname)
    syscalls.set_name(container.hostname)
    root = ROOTFS
    syscalls.mount("proc", root / "proc", "proc", _QUIET | syscalls.MS_NOEXEC)
    _mount_sysfs(root / "sys")
    syscalls.mount("run", root / "run", "tmpfs", _QUIET, "mode=755")
    syscalls.mount("tmp", root / "tmp", "tmpfs", _QUIET, "mode=1777")
    if (root / "dev/shm").is_dir():
        syscalls.mount("shm", root / "dev/shm", "tmpfs", _QUIET, "mode=1777")
    syscalls.bind(container.pod_dir, root / ".pod")
    # As switch_root does: moving the mount makes it the root of the namespace, so that setns(2) finds it there.
    os.chdir(root)
    syscalls.mount(".", "/", None, syscalls.MS_MOVE)
    os.chroot(".")
    for mount in sorted(container.mounts, key=lambda mount: mount.target.count("/")):
        _show(mount)
    syscalls.make_read_only("/.pod")
    syscalls.make_read_only("/")


def _mount_sysfs(place: Path) -> None:
    """The network devices of the container's own namespace; a host that hides parts of its /sys refuses."""
    try:
        syscalls.mount("sysfs", place, "sysfs", _QUIET | syscalls.MS_NOEXEC | syscalls.MS_RDONLY)
    except PermissionError:
        return


def _show(mount: Mount) -> None:
    source, target = Path("/.pod", mount.source), Path(mount.target)
    try:
        if source.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch()
    except OSError as error:
        if not target.exists():
            raise OSError(error.errno, f"no place to mount: {error.strerror}", mount.target) from error
    syscalls.bind(source, target)
    if mount.read_only:
        syscalls.make_read_only(target)


def join(leader: int) -> None:
    """Enter the namespaces of a container by its first process; the PID namespace was entered by the fork.

    Raises OSError.
    """
    kinds = {"net": CLONE_NEWNET, "uts": CLONE_NEWUTS, "ipc": CLONE_NEWIPC, "mnt": CLONE_NEWNS}
    handles = {name: os.open(f"/proc/{leader}/ns/{name}", os.O_RDONLY | os.O_CLOEXEC) for name in kinds}
    for name, kind in kinds.items():
        syscalls.setns(handles[name], kind)
        os.close(handles[name])


def wire(streams: Sequence[int], *, terminal: bool) -> None:
    """Make these descriptors (stdin, stdout, stderr) the standard streams of a new session, close all others."""
    os.setsid()
    # First beyond the three, so that none is overwritten before it was copied.
    copies = [os.dup(fd) for fd in streams]
    for number, fd in enumerate(copies):
        os.dup2(fd, number)
    if terminal:
        _control_terminal()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE, signal.SIGCHLD, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


def _control_terminal() -> None:
    """Make stdin the controlling terminal of this session, so that Ctrl-C reaches the program."""
    import fcntl  # noqa: PLC0415 - for `exec -t` only
    import termios  # noqa: PLC0415

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
