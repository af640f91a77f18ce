"""What the Gateway API says to meshes: requirements, features, field tables of its resources."""
