"""Judging once it is known what became of our own pods, of which the API may hear a little late."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from harness.evidence.model import Verdict
from harness.play.judge import Judgement

Judging = Callable[[str], Sequence[Judgement]]
Steadily = Callable[[Judging], Sequence[Judgement]]

LATE_NEWS = 2.0  # seconds: a kubelet looks at its containers every second, and then tells the API


def judged(judging: Judging, disturbed: Callable[[], str], wait: Callable[[], None]) -> Sequence[Judgement]:
    """What `judging` makes of what happened to our pods (empty where nothing did), by what `disturbed` says of them.

    Before anything is blamed on the mesh, it is asked again a little later: a backend that died a moment ago looks like
    a mesh that does not answer.
    """
    news = disturbed()
    found = judging(news)
    if not news and any(one.verdict in (Verdict.FAIL, Verdict.DEVIATION) for one in found):
        wait()
        if news := disturbed():
            return judging(news)
    return found
