"""The built-in resources: their types, what is filled in, and what is refused."""
