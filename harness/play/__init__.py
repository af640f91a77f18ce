"""Playing a scenario: apply, settle, probe, classify, judge, record. Start at ``player.Player``."""
