"""Kubernetes access: a thin client on the official one, with errors that say what to do."""

from harness.cluster.config import load_configuration
from harness.cluster.facts import ClusterFacts, GatewayApi, read_facts
from harness.cluster.kube import KubeCluster
from harness.cluster.model import NOT_SERVED, SYNCED, Cluster, ClusterError, Event, Obj, Ref, Refused, Selection, Wish
from harness.cluster.wait import Stop, WaitTimeoutError, wait_for, wait_until

__all__ = [
    "NOT_SERVED",
    "SYNCED",
    "Cluster",
    "ClusterError",
    "ClusterFacts",
    "Event",
    "GatewayApi",
    "KubeCluster",
    "Obj",
    "Ref",
    "Refused",
    "Selection",
    "Stop",
    "WaitTimeoutError",
    "Wish",
    "load_configuration",
    "read_facts",
    "wait_for",
    "wait_until",
]
