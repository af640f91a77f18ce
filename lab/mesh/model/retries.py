"""When a request is sent to a backend again."""

from __future__ import annotations

from lab.mesh.model.actions import RetryPlan
from lab.mesh.model.timeouts import milliseconds
from lab.mesh.world.policies import Retry

# Of a rule that does not say how often: the implementation's choice (retries.none-configured).
_ATTEMPTS = 1


def retry_plan(retry: Retry | None) -> RetryPlan | None:
    """What a rule's `retry` asks for, None for one attempt only (retries.none-configured: no retries unasked)."""
    if retry is None:
        return None
    attempts = _ATTEMPTS if retry.attempts is None else retry.attempts
    if attempts <= 0:
        return None
    backoff = milliseconds(retry.backoff) if retry.backoff else 0
    return RetryPlan(attempts, retry.codes, backoff, retry.connection_errors, retry.timeouts)
