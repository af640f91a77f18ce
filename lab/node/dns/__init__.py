"""The cluster's names: what a query is answered, and the server on each node."""
