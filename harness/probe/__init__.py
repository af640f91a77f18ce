"""The program inside the cluster: echo, journal and probing engine. Imports nothing of the rest of the project.

``harness.prober.package`` makes one zipapp of it, ``probe.pyz``, that needs nothing but Python 3.11 or newer: the
HTTP/2 library travels in it. Imports are relative, because the package has another name in there.
"""

VERSION = 2
"""Version of what is spoken on the socket; the other end refuses any other."""
