"""The program inside the cluster: echo, journal and probing engine. Imports nothing of the rest of the project."""
