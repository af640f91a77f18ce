"""The stage: namespaces and workloads shared by all scenarios of a run."""

from harness.stage.objects import dress
from harness.stage.services import static_services_of, wait_for_endpoints
from harness.stage.stage import Stage

__all__ = ["Stage", "dress", "static_services_of", "wait_for_endpoints"]
