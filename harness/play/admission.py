"""What admission says to objects in a server-side dry run: ``refused`` and ``accepted``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.cluster import Cluster, Obj, Ref, Refused
from harness.evidence.model import Kind, Verdict
from harness.play.judge import Judgement

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one object; the message of a refusal."""

    ref: Ref
    refused: bool
    message: str = ""

    def __str__(self) -> str:
        return f"{self.ref} {f'refused: {self.message}' if self.refused else 'accepted'}"


def ask(cluster: Cluster, objects: Sequence[Obj]) -> list[Answer]:
    """Ask about each object by itself. Raises ClusterError where admission does not decide."""
    answers = []
    for obj in objects:
        try:
            cluster.apply(obj, dry_run=True)
        except Refused as error:
            answers.append(Answer(Ref.of(obj), refused=True, message=error.message))
        else:
            answers.append(Answer(Ref.of(obj), refused=False))
    return answers


def judge(answers: Sequence[Answer], because: Sequence[str], consequence: Verdict, *, refused: bool) -> Judgement:
    """Whether every object was refused (or accepted) and, where texts are given, for one of these reasons. Pure."""
    if not answers:
        return Judgement(Verdict.ERROR, None, "admission was asked about nothing")
    wrong = [answer for answer in answers if answer.refused is not refused]
    if wrong:
        text = f"{len(wrong)} of {len(answers)} objects: {_shown(wrong)}"
        return Judgement(consequence, Kind.WRONG, text, len(answers))
    other = [one for one in answers if because and not any(text in one.message for text in because)]
    if refused and other:
        text = f"refused for another reason than {' or '.join(map(repr, because))}: {_shown(other)}"
        return Judgement(consequence, Kind.WRONG, text, len(answers))
    right = Verdict.OBSERVED if consequence is Verdict.OBSERVED else Verdict.PASS
    return Judgement(right, samples=len(answers))


def _shown(answers: Sequence[Answer]) -> str:
    more = f"; and {len(answers) - _SHOWN} more" if len(answers) > _SHOWN else ""
    return "; ".join(map(str, answers[:_SHOWN])) + more
