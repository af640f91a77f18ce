"""The pytest modules that play the scenarios, one an area."""
