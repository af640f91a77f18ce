"""Runs the pods of both nodes: containers, probes, volumes, status, ``exec`` and logs."""
