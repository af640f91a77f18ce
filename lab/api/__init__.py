"""A Kubernetes API server in memory, faithful where clients can tell.

From the outside in: ``main`` (process, listeners) -> ``routes`` (who, what, whether allowed) -> ``handlers`` (HTTP)
-> ``operations`` and ``lifecycle`` (writes, deletions) -> ``store`` (objects, revisions, changes). ``auth`` and
``rbac`` say who asks and what they may, ``podsecurity`` which pods a namespace takes. ``resources`` is the list of what
is served; ``builtin`` fills it with the resources of Kubernetes, ``custom`` with those that CustomResourceDefinitions
define. ``schema``, ``decode``, ``fields``, ``apply``, ``patch``, ``strategic`` and ``selectors`` are pure functions on
objects. Everything behind ``handlers`` is synchronous, so each request is one transaction.

What is known to differ from a real server: bodies are JSON or YAML, never protobuf (415; of kubectl's commands only
``create KIND`` without a file and ``auth`` send it); versions of one custom resource differ in nothing but their name;
custom resources of definitions other than the Gateway API's are pruned, but not validated or defaulted; garbage
collection and namespace deletion happen at once; events of core/v1 and of events.k8s.io are kept apart; exec needs
WebSockets; roles are not aggregated, and who binds a role need not have what it grants.
"""
