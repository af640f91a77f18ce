"""The Linux calls that make a container, through libc: the standard library has few of them before Python 3.12."""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY = 0x1
MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_NOEXEC = 0x8
MS_REMOUNT = 0x20
MS_BIND = 0x1000
MS_MOVE = 0x2000
MS_REC = 0x4000
MS_PRIVATE = 0x40000

_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
_AT_FDCWD = -100
_AT_RECURSIVE = 0x8000
_MOUNT_ATTR_RDONLY = 0x1
# The same number on every architecture that Python runs on; libc has no name for it before glibc 2.36.
_SYS_MOUNT_SETATTR = 442

_libc = ctypes.CDLL(None, use_errno=True)


class _MountAttributes(ctypes.Structure):
    _fields_ = (
        ("attr_set", ctypes.c_uint64),
        ("attr_clr", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("userns_fd", ctypes.c_uint64),
    )


def _check(result: int, what: str) -> None:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), what)


def unshare(flags: int) -> None:
    """Give this process namespaces of its own. Raises OSError."""
    _check(_libc.unshare(ctypes.c_int(flags)), "unshare")


def setns(fd: int, kind: int) -> None:
    """Enter the namespace that ``fd`` holds. Raises OSError."""
    _check(_libc.setns(ctypes.c_int(fd), ctypes.c_int(kind)), "setns")


def mount(source: str, target: Path | str, kind: str | None, flags: int = 0, options: str | None = None) -> None:
    """mount(2). Raises OSError with the target's name."""
    _check(
        _libc.mount(
            source.encode(),
            str(target).encode(),
            kind.encode() if kind else None,
            ctypes.c_ulong(flags),
            options.encode() if options else None,
        ),
        str(target),
    )


def bind(source: Path | str, target: Path | str, *, recursive: bool = False) -> None:
    """Show ``source`` at ``target`` too. Raises OSError."""
    mount(str(source), target, None, MS_BIND | (MS_REC if recursive else 0))


def make_read_only(target: Path | str, *, recursive: bool = False) -> None:
    """Make the mount at ``target`` read-only, and with ``recursive`` those below it. Raises OSError.

    A kernel before 5.12 cannot do it, and is left alone: what we start writes nowhere else.
    """
    attributes = _MountAttributes(_MOUNT_ATTR_RDONLY, 0, 0, 0)
    result = _libc.syscall(
        ctypes.c_long(_SYS_MOUNT_SETATTR),
        ctypes.c_int(_AT_FDCWD),
        str(target).encode(),
        ctypes.c_uint(_AT_RECURSIVE if recursive else 0),
        ctypes.byref(attributes),
        ctypes.c_size_t(ctypes.sizeof(attributes)),
    )
    if result < 0 and ctypes.get_errno() == errno.ENOSYS:
        return
    _check(result, str(target))


def sethostname(name: str) -> None:
    """Name this UTS namespace. Raises OSError."""
    encoded = name.encode()
    _check(_libc.sethostname(encoded, ctypes.c_size_t(len(encoded))), "sethostname")


def die_with_parent(signal_number: int) -> None:
    """Have the kernel send us this signal when the thread that forked us ends. Raises OSError."""
    _check(_libc.prctl(ctypes.c_int(_PR_SET_PDEATHSIG), ctypes.c_ulong(signal_number), 0, 0, 0), "prctl")


def set_name(name: str) -> None:
    """Show this process as ``name`` (15 characters) in tools like ps and top. Raises OSError."""
    _check(_libc.prctl(ctypes.c_int(_PR_SET_NAME), name.encode()[:15], 0, 0, 0), "prctl")
