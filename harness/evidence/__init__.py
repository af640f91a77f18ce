"""The evidence of a run: the records of ``report.jsonl``, their writer and their loader."""

from harness.evidence.errors import Incomplete, ReportError
from harness.evidence.loader import FILE, load
from harness.evidence.report import Report
from harness.evidence.writer import ReportWriter

__all__ = ["FILE", "Incomplete", "Report", "ReportError", "ReportWriter", "load"]
