"""The evidence of a run: the records of ``report.jsonl``, their writer and their loader."""
