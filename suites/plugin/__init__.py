"""What makes pytest play scenarios: options, selection, target, verdicts; wired by ``conftest.py`` alone."""
