"""From the records of a run to files that people and CI systems read."""
