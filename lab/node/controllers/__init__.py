"""The controllers that every cluster has: Deployments, ReplicaSets, the scheduler, EndpointSlices.

Each is a pure module that decides, and a small part of ``loops`` that acts.
"""
