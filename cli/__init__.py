"""The gamma command: explains scenarios, renders reports, manages the lab."""
