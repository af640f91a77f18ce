"""Several reports side by side: meshes, or versions of one mesh, over the scenarios that were the same for all."""

from reports.compare.make import compare
from reports.compare.model import Comparison

__all__ = ["Comparison", "compare"]
