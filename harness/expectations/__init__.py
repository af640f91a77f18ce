"""Failures that are known: written down with reason and issue, held against every run, strictly.

A check that is expected to fail and does is an ``xfail``; one that passes is an ``xpass`` and fails the run, and so do
another failure than the expected one and an entry that nothing shows to be true any more.
"""
