"""Playing a scenario: apply, settle, probe, classify, judge, record."""

from harness.play.player import Played, Player

__all__ = ["Played", "Player"]
