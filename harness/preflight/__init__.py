"""Whether a target can be judged, before it is: what stands in the way, and what to do about it.

``needs`` and ``permissions`` ask what we may do, ``definitions`` what is installed, ``pods`` whether the stage runs,
``enrolment`` tells no mesh, a mesh without these namespaces, and a mesh that ignores routes apart; ``witness`` and
``engine`` find out what these judge. ``check`` does it all in order; ``table`` shows it.
"""

from harness.preflight.check import NotReadyError, Preflight, set_up

__all__ = ["NotReadyError", "Preflight", "set_up"]
