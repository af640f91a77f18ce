"""Measurements of what the documentation promises: `tox -e bench`."""
