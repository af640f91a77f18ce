"""The embedded target: a small Kubernetes API, two nodes of network namespaces, a reference mesh on Envoy."""
