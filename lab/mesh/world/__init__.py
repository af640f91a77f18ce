"""What the mesh knows of the cluster: API objects, parsed once into frozen types."""
