"""Deployments become processes: ready, scaled, replaced, restarted, ended; with volumes, logs and exec."""

from __future__ import annotations

import base64
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.contract.lab_node.node_cluster import until


@pytest.fixture
def web(cluster, namespace):
    cluster.deploy(namespace, "web")
    (pod,) = cluster.ready(namespace, "web")
    return pod


def test_nodes_are_ready_and_clients_can_tell_the_version(cluster):
    nodes = cluster.core.list_node().items
    assert [node.metadata.name for node in nodes] == ["node-1", "node-2"]
    for node in nodes:
        assert [(one.type, one.status) for one in node.status.conditions if one.type == "Ready"] == [("Ready", "True")]


def test_a_pod_tells_what_it_is(web):
    status = web.status
    assert status.phase == "Running"
    assert status.pod_ip.startswith("10.244.")
    assert {one.type: one.status for one in status.conditions}["Ready"] == "True"
    (container,) = status.container_statuses
    assert (container.ready, container.started, container.restart_count) == (True, True, 0)
    assert container.container_id
    assert container.state.running.started_at
    assert web.spec.node_name in {"node-1", "node-2"}


def test_a_deployment_tells_how_far_it_is(cluster, namespace, web):
    status = cluster.apps.read_namespaced_deployment("web", namespace).status
    assert (status.replicas, status.ready_replicas, status.available_replicas, status.updated_replicas) == (1, 1, 1, 1)
    assert {one.type: one.status for one in status.conditions}["Available"] == "True"
    (owner,) = web.metadata.owner_references
    assert owner.kind == "ReplicaSet"


def test_replicas_are_spread_over_both_nodes_and_scaled(cluster, namespace):
    cluster.deploy(namespace, "web", replicas=4)
    pods = cluster.ready(namespace, "web", 4)
    assert sorted(pod.spec.node_name for pod in pods) == ["node-1", "node-1", "node-2", "node-2"]
    for number in (1, 3, 0):
        cluster.apps.patch_namespaced_deployment("web", namespace, {"spec": {"replicas": number}})
        assert len(cluster.ready(namespace, "web", number)) == number
    until(lambda: not cluster.core.list_namespaced_pod(namespace).items, "the end of all pods")


def test_a_changed_template_replaces_the_pods(cluster, namespace, web):
    change = {"spec": {"template": {"metadata": {"annotations": {"changed": "yes"}}}}}
    cluster.apps.patch_namespaced_deployment("web", namespace, change)
    (after,) = cluster.ready(namespace, "web")
    assert after.metadata.uid != web.metadata.uid
    assert after.metadata.annotations["changed"] == "yes"


def test_a_crashed_container_is_restarted_and_says_so(cluster, namespace, web):
    cluster.run(web, "sh", "-c", "kill -TERM 1")

    def restarted():
        pod = cluster.core.read_namespaced_pod(web.metadata.name, namespace)
        (container,) = pod.status.container_statuses
        return container if container.restart_count == 1 and container.ready else None

    after = until(restarted, "the restart")
    assert after.container_id != web.status.container_statuses[0].container_id
    assert after.last_state.terminated.exit_code == 0


def test_a_pod_that_keeps_failing_is_not_ready(cluster, namespace):
    cluster.deploy(namespace, "web", "import sys; sys.exit(7)")

    def failing():
        for pod in cluster.pods(namespace, "web"):
            for container in pod.status.container_statuses or ():
                if container.restart_count > 1 and container.state.waiting:
                    return container
        return None

    container = until(failing, "a back-off")
    assert container.state.waiting.reason == "CrashLoopBackOff"
    assert container.last_state.terminated.exit_code == 7
    assert not container.ready


def test_readiness_follows_its_probe(cluster, namespace):
    probe = {"exec": {"command": ["test", "-e", "/tmp/ready"]}, "periodSeconds": 1, "failureThreshold": 1}
    cluster.deploy(namespace, "web", readinessProbe=probe)
    (pod,) = until(lambda: [one for one in cluster.pods(namespace, "web") if one.status.phase == "Running"], "a pod")
    assert {one.type: one.status for one in pod.status.conditions}["Ready"] == "False"
    cluster.run(pod, "touch", "/tmp/ready")
    cluster.ready(namespace, "web")
    cluster.run(pod, "rm", "/tmp/ready")
    until(lambda: not cluster.apps.read_namespaced_deployment("web", namespace).status.ready_replicas, "unreadiness")


def test_config_maps_and_directories_are_mounted(cluster, namespace):
    binary = base64.b64encode(b"\x00\xff").decode()
    cluster.core.create_namespaced_config_map(
        namespace, {"metadata": {"name": "files"}, "data": {"a": "text"}, "binaryData": {"b": binary}}
    )
    cluster.deploy(
        namespace,
        "web",
        volumes=[{"name": "files", "configMap": {"name": "files"}}, {"name": "work", "emptyDir": {}}],
        volumeMounts=[{"name": "files", "mountPath": "/gamma"}, {"name": "work", "mountPath": "/run/scratch"}],
    )
    (pod,) = cluster.ready(namespace, "web")
    assert cluster.run(pod, "cat", "/gamma/a").stdout == "text"
    assert cluster.python(pod, "print(open('/gamma/b', 'rb').read())") == "b'\\x00\\xff'\n"
    assert cluster.run(pod, "touch", "/gamma/c").code != 0
    assert cluster.run(pod, "touch", "/run/scratch/c").code == 0


def test_exec_carries_streams_and_the_exit_code(cluster, web):
    ran = cluster.run(web, "sh", "-c", "echo out; echo err >&2; exit 3")
    assert (ran.stdout, ran.stderr, ran.code) == ("out\n", "err\n", 3)
    code = "import sys; line = sys.stdin.readline(); print(line.upper(), end=''); sys.exit(4)"
    ran = cluster.run(web, "python3", "-c", code, stdin="hello\n")
    assert (ran.stdout, ran.code) == ("HELLO\n", 4)


def test_exec_sees_the_pod_s_own_surroundings(cluster, web):
    told = cluster.python(
        web, "import os, socket, sys; print(os.environ['POD_NAME'], socket.gethostname(), sys.argv)", "x"
    )
    name = web.metadata.name
    assert told == f"{name} {name} ['-c', 'x']\n"
    assert web.status.pod_ip in cluster.run(web, "cat", "/etc/hosts").stdout
    assert cluster.run(web, "cat", "/proc/1/status").stdout.startswith("Name:")


def test_a_program_in_a_pod_has_the_standard_library_alone(cluster, web):
    assert cluster.run(web, "python3", "-c", "import aiohttp").code == 1
    assert cluster.run(web, "python3", "-c", "import lab").code == 1


def test_a_failed_program_tells_its_traceback(cluster, web):
    ran = cluster.run(web, "python3", "-c", "raise ValueError('why')")
    assert ran.code == 1
    assert ran.stderr.rstrip().endswith("ValueError: why")


def test_a_command_that_does_not_exist_is_an_error(cluster, web):
    with pytest.raises(Exception, match="executable file not found"):
        cluster.run(web, "no-such-program")


def test_many_commands_at_once_all_answer(cluster, web):
    with ThreadPoolExecutor(8) as threads:
        told = threads.map(lambda n: cluster.run(web, "python3", "-c", f"print({n})").stdout, range(24))
    assert list(told) == [f"{number}\n" for number in range(24)]


def test_logs_are_kept(cluster, namespace, web):
    assert cluster.core.read_namespaced_pod_log(web.metadata.name, namespace) == "up\n"
    cluster.deploy(namespace, "talker", "print('a\\nb\\nc', flush=True); import time; time.sleep(60)")
    (pod,) = cluster.ready(namespace, "talker")
    read = cluster.core.read_namespaced_pod_log
    until(lambda: read(pod.metadata.name, namespace).count("\n") == 3, "its words")
    assert read(pod.metadata.name, namespace, tail_lines=2) == "b\nc\n"


def test_a_pod_ends_by_sigterm_in_its_time(cluster, namespace, web):
    cluster.core.delete_namespaced_pod(web.metadata.name, namespace)
    until(lambda: web.metadata.name not in names(cluster, namespace), "its end")
    (after,) = cluster.ready(namespace, "web")
    assert after.metadata.name != web.metadata.name


def test_one_that_ignores_sigterm_is_killed_after_its_grace(cluster, namespace):
    cluster.deploy(namespace, "web", "import signal; signal.signal(15, signal.SIG_IGN); signal.pause()")
    (pod,) = cluster.ready(namespace, "web")
    cluster.core.delete_namespaced_pod(pod.metadata.name, namespace, grace_period_seconds=1)
    until(lambda: pod.metadata.name not in names(cluster, namespace), "its end")


def test_what_the_lab_cannot_do_is_told_in_the_status(cluster, namespace):
    cluster.deploy(namespace, "web", readinessProbe={"httpGet": {"path": "/", "port": 80}})

    def waiting():
        states = [state for pod in cluster.pods(namespace, "web") for state in pod.status.container_statuses or ()]
        return next((one.state.waiting for one in states if one.state.waiting and one.state.waiting.message), None)

    state = until(waiting, "the reason")
    assert state.reason == "CreateContainerConfigError"
    assert "exec probes only" in state.message


def test_a_missing_config_map_is_waited_for(cluster, namespace):
    cluster.deploy(namespace, "web", volumes=[{"name": "files", "configMap": {"name": "late"}}])
    events = until(lambda: cluster.core.list_namespaced_event(namespace).items, "an event")
    assert (events[0].type, events[0].reason) == ("Warning", "FailedMount")
    assert '"late" not found' in events[0].message
    cluster.core.create_namespaced_config_map(namespace, {"metadata": {"name": "late"}})
    cluster.ready(namespace, "web")


def names(cluster, namespace):
    return [pod.metadata.name for pod in cluster.core.list_namespaced_pod(namespace).items]


def test_the_interpreter_is_the_lab_s_own(cluster, web):
    assert cluster.python(web, "import sys; print(sys.version_info[:2])") == f"{sys.version_info[:2]}\n"
