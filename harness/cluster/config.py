"""Finding and loading the kubeconfig, with errors a person can act on.

The client's configuration helpers carry no types, hence the ignores.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml
from kubernetes import client, config
from kubernetes.config.config_exception import ConfigException

from harness.errors import TargetError

_IN_CLUSTER = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
_NO_CLUSTER = "name one with $KUBECONFIG, or play on the embedded lab: pytest --mesh lab"


def load_configuration(kubeconfig: Path | None = None, context: str | None = None) -> Any:
    """A ``kubernetes.client.Configuration``; a new one for each call, so that no client changes another's.

    Looks at ``kubeconfig``, else $KUBECONFIG, else ~/.kube/config, else the service account of the pod we run in.
    Raises TargetError when none is there, it does not parse, or it lacks the context.
    """
    configuration = client.Configuration()
    configuration.retries = False  # transport.py repeats requests, with limits of its own
    path = _find(kubeconfig)
    if path is None:
        if context is None and _IN_CLUSTER.exists():
            config.load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
            return configuration
        raise TargetError("there is no kubeconfig", _NO_CLUSTER)
    _check_context(path, context)
    try:
        config.load_kube_config(config_file=path, context=context, client_configuration=configuration)  # type: ignore[no-untyped-call]
    except (ConfigException, yaml.YAMLError, KeyError, TypeError, ValueError, OSError) as error:
        raise TargetError(f"the kubeconfig {path} cannot be used: {error}", "kubectl config view shows it") from None
    return configuration


def _find(kubeconfig: Path | None) -> str | None:
    """The path or, from $KUBECONFIG, the colon-separated list of paths."""
    if kubeconfig is not None:
        if not kubeconfig.is_file():
            raise TargetError(f"there is no kubeconfig {kubeconfig}", _NO_CLUSTER)
        return str(kubeconfig)
    named = os.environ.get("KUBECONFIG")
    if named:
        if not any(Path(part).is_file() for part in named.split(os.pathsep) if part):
            raise TargetError(f"$KUBECONFIG names no existing file: {named}", _NO_CLUSTER)
        return named
    usual = Path("~/.kube/config").expanduser()
    return str(usual) if usual.is_file() else None


def _check_context(path: str, context: str | None) -> None:
    try:
        contexts, active = config.list_kube_config_contexts(config_file=path)  # type: ignore[no-untyped-call]
    except (ConfigException, yaml.YAMLError, TypeError, AttributeError, OSError) as error:
        contexts, active, problem = None, None, str(error).splitlines()[0]
    else:
        problem = "it has no contexts"
    if not contexts:
        raise TargetError(f"the kubeconfig {path} cannot be used: {problem}", "kubectl config view shows it")
    known = ", ".join(sorted(entry["name"] for entry in contexts))
    if context is not None and context not in {entry["name"] for entry in contexts}:
        raise TargetError(f"the kubeconfig {path} has no context {context!r}", f"contexts that exist: {known}")
    if context is None and not active:
        raise TargetError(
            f"the kubeconfig {path} has no current context", f"choose one with --kube-context; there are: {known}"
        )
