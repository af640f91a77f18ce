"""From the mesh's model to Envoy's resources, as plain dictionaries in protobuf's JSON form."""
