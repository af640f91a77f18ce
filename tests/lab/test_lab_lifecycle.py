"""A lab begins in seconds and ends without a trace, however whoever started it ends."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import sysconfig
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from lab.control import LabConfig, LabError, attach, start
from tests.contract.lab_node.node_cluster import FETCH, SERVER, Cluster, until
from tests.lab.lab_processes import PROJECT, STARTER, gone, launch, mounts, traces

_READY = 60.0


@contextlib.contextmanager
def starter(run_dir, *, thread="main", moment="ready", **options):
    """A process that has started a lab, and the lab's supervisor."""
    process = launch(STARTER, str(run_dir), thread, moment, **options)
    try:
        first = process.stdout.readline()
        assert first, process.stderr.read()
        if moment == "ready":
            second = process.stdout.readline()
            assert second == "ready\n", process.stderr.read()
        yield process, int(first)
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            pipe.close()


def test_a_stopped_lab_leaves_nothing(tmp_path):
    before = mounts()
    lab = start(LabConfig(tmp_path))
    lab.wait_ready(_READY)
    whole = traces(lab.state.pid)
    assert len(whole.processes) >= 8  # supervisor, init, zygote, api, node, mesh, two Envoys
    assert mounts() == before
    lab.stop()
    assert whole.left() == []
    assert mounts() == before
    lab.stop()  # again: nothing happens


def test_it_can_be_stopped_before_it_is_ready(tmp_path):
    lab = start(LabConfig(tmp_path))
    whole = traces(lab.state.pid)
    lab.stop()
    assert whole.left() == []


@pytest.mark.parametrize("thread", ["main", "thread"])
@pytest.mark.parametrize("moment", ["ready", "started"])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_it_ends_with_whoever_started_it(tmp_path, thread, moment, how):
    with starter(tmp_path, thread=thread, moment=moment) as (process, supervisor):
        whole = traces(supervisor)
        process.send_signal(how)
        process.wait()
        assert gone(whole), whole.left()


def test_it_outlives_the_thread_that_started_it(tmp_path):
    made = []
    thread = threading.Thread(target=lambda: made.append(start(LabConfig(tmp_path))))
    thread.start()
    thread.join()
    (lab,) = made
    try:
        lab.wait_ready(_READY)
    finally:
        lab.stop()


def test_sigkill_of_the_supervisor_ends_everything(tmp_path):
    lab = start(LabConfig(tmp_path))
    try:
        lab.wait_ready(_READY)
        whole = traces(lab.state.pid)
        os.kill(lab.state.pid, signal.SIGKILL)
        assert gone(whole), whole.left()
    finally:
        lab.stop()


def test_two_labs_do_not_see_each_other(tmp_path):
    labs = [start(LabConfig(tmp_path / name)) for name in ("one", "two")]
    try:
        for lab in labs:
            lab.wait_ready(_READY)
        assert labs[0].state.port != labs[1].state.port
        assert not traces(labs[0].state.pid).processes & traces(labs[1].state.pid).processes
    finally:
        for lab in labs:
            lab.stop()


def test_a_part_that_fails_ends_the_lab_and_its_log_is_quoted(tmp_path):
    (tmp_path / "lab" / "envoy-node-1.log").mkdir(parents=True)  # so the mesh cannot write there
    lab = start(LabConfig(tmp_path))
    whole = traces(lab.state.pid)
    try:
        with pytest.raises(LabError, match="mesh process ended") as caught:
            lab.wait_ready(_READY)
        assert "cannot start Envoy for node-1" in caught.value.hint
        assert gone(whole), whole.left()
    finally:
        lab.stop()


def test_a_lab_that_fails_later_can_be_asked_why(tmp_path):
    lab = start(LabConfig(tmp_path))
    try:
        lab.wait_ready(_READY)
        lab.check()
        whole = traces(lab.state.pid)
        envoys = [pid for pid, _began in whole.processes if "envoy" in Path(f"/proc/{pid}/exe").readlink().name]
        assert len(envoys) == 2
        os.kill(envoys[0], signal.SIGKILL)
        assert gone(whole), whole.left()
        with pytest.raises(LabError, match="mesh process ended") as caught:
            lab.check()
        assert "Envoy of node-" in caught.value.hint
    finally:
        lab.stop()


def test_secrets_are_readable_by_their_owner_only(tmp_path):
    lab = start(LabConfig(tmp_path))
    lab.stop()
    for name in ("kubeconfig", "credentials.json"):
        assert stat.S_IMODE((tmp_path / "lab" / name).stat().st_mode) == 0o600


def test_nobody_gets_in_without_the_token(tmp_path):
    lab = start(LabConfig(tmp_path))
    try:
        lab.wait_ready(_READY)
        url = f"https://127.0.0.1:{lab.state.port}/api/v1/namespaces"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
            opener.open(url, timeout=5)
    finally:
        lab.stop()


@pytest.mark.parametrize(
    ("config", "told"),
    [({"defect": "nosuch"}, "no defect 'nosuch'"), ({"crds": "v9"}, "v9"), ({"channel": "nosuch"}, "nosuch")],
)
def test_what_does_not_exist_is_refused_before_anything_starts(tmp_path, config, told):
    with pytest.raises(LabError, match=told):
        start(LabConfig(tmp_path, **config))
    assert not (tmp_path / "lab").exists()


def gamma(*arguments):
    ran = subprocess.run(
        [sys.executable, "-m", "cli.main", "lab", *arguments], capture_output=True, text=True, check=False, cwd=PROJECT
    )
    return ran.returncode, ran.stdout + ran.stderr


def test_gamma_keeps_a_lab_between_commands(tmp_path):
    where = ("--dir", str(tmp_path))
    assert gamma("status", *where)[0] == 3
    try:
        status, told = gamma("up", *where, "--defect", "timeout-ignored")
        assert status == 0, told
        assert f"export KUBECONFIG={tmp_path}/lab/kubeconfig" in told
        lab = attach(tmp_path)
        whole = traces(lab.state.pid)
        assert "defect: timeout-ignored" in gamma("status", *where)[1]
        assert gamma("up", *where)[0] == 0
        assert gamma("up", *where, "--defect", "weights-ignored")[0] == 4
        assert gamma("defects", *where, "--set", "none")[0] == 0
        assert "defect: none" in gamma("status", *where)[1]
        assert "\n* " not in gamma("defects", *where)[1]
    finally:
        status, told = gamma("down", *where)
    assert (status, told) == (0, "the lab is down\n")
    assert whole.left() == []
    assert attach(tmp_path) is None
    assert gamma("down", *where) == (0, f"no lab is running in {tmp_path}\n")


def test_gamma_refuses_what_does_not_exist(tmp_path):
    status, told = gamma("up", "--dir", str(tmp_path), "--defect", "timeouts-ignored")
    assert status == 4
    assert "there is no defect 'timeouts-ignored'" in told
    assert "timeout-ignored" in told.partition("\n")[2]


@pytest.fixture
def as_nobody(tmp_path_factory):
    """What runs a program as an unprivileged user, who may use another interpreter than the tests' own."""
    if os.geteuid() != 0:
        pytest.skip("only root may become another user; this whole module runs unprivileged already")
    nobody = pwd.getpwnam("nobody")
    folder = tmp_path_factory.mktemp("nobody", numbered=True)
    for part in (folder, *folder.parents[: len(folder.parts) - 2]):
        part.chmod(0o755)
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    packages = sysconfig.get_path("purelib")
    options = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "env": {"HOME": str(folder)}}
    for python in (sys.executable, shutil.which(f"python3.{sys.version_info.minor}", path="/usr/bin:/usr/local/bin")):
        if python is None:
            continue
        options["env"]["PYTHONPATH"] = os.pathsep.join([str(PROJECT), packages])
        try:
            process = launch("import aiohttp, lab", python=python, **{**options, "env": dict(options["env"])})
        except OSError:
            continue
        if not process.communicate()[1]:
            return folder, {**options, "python": python}
    pytest.skip("no interpreter of this version that an unprivileged user may run")


def test_it_runs_without_root_and_leaves_nothing(as_nobody):
    folder, options = as_nobody
    with starter(folder, **options) as (process, supervisor):
        cluster = Cluster(folder / "lab" / "kubeconfig")
        with contextlib.closing(cluster):
            namespace = cluster.namespace()
            cluster.deploy(namespace, "web", SERVER, replicas=2)
            cluster.serve(namespace, "web")
            pods = cluster.ready(namespace, "web", 2)
            told = until(lambda: cluster.run(pods[0], "python3", "-c", FETCH, "http://web/").stdout, "an answer")
            assert told in {pod.metadata.name for pod in pods}
        whole = traces(supervisor)
        assert len(whole.processes) >= 10
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert gone(whole), whole.left()


_FORBIDDEN = """
import os, sys
from pathlib import Path
from lab.node import syscalls
syscalls.unshare(syscalls.CLONE_NEWUSER)
Path("/proc/self/setgroups").write_text("deny")
Path("/proc/self/uid_map").write_text(f"1000 {sys.argv[2]} 1")
Path("/proc/self/gid_map").write_text(f"1000 {sys.argv[3]} 1")
Path("/proc/sys/user/max_user_namespaces").write_text("0")
code = '''
import sys
from pathlib import Path
from lab.control import LabConfig, LabError, start
lab = start(LabConfig(Path(sys.argv[1])))
try:
    lab.wait_ready(30)
except LabError as error:
    print(error.message, error.hint, sep="|")
finally:
    lab.stop()
'''
os.execv(sys.executable, [sys.executable, "-c", code, sys.argv[1]])
"""


def test_a_host_that_forbids_user_namespaces_is_told_of_with_two_ways_out(tmp_path):
    process = launch(_FORBIDDEN, str(tmp_path), str(os.geteuid()), str(os.getegid()))
    told, problems = process.communicate()
    if "unshare" in problems:
        pytest.skip("this host does forbid user namespaces")
    message, _bar, hint = told.partition("|")
    assert "forbids user namespaces" in message, problems
    assert "run as root" in hint
    assert "sysctl user.max_user_namespaces=10000" in hint


def test_every_file_is_below_the_directory_given(tmp_path):
    lab = start(LabConfig(tmp_path / "deep" / "run"))
    try:
        lab.wait_ready(_READY)
    finally:
        lab.stop()
    assert [entry.name for entry in Path(tmp_path / "deep" / "run").iterdir()] == ["lab"]
