"""What all tests of the suite itself share."""

from __future__ import annotations

from hypothesis import settings

# No deadline: a loaded machine is no failure. The same examples every time: what failed in CI fails here as well.
settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")
