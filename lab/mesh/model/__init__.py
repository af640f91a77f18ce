"""The pure core: from a view of the cluster to what the mesh does with each request. No I/O."""
