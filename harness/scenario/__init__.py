"""The scenario file: typed model, loading with source positions, derived facts, lint."""

from harness.scenario.derived import (
    features_needed,
    fence_services,
    manifests_at,
    needs_controller,
    static_services,
)
from harness.scenario.gateway_api import channel, kinds_written, obstacle, since, support_level
from harness.scenario.load import Catalogue, load_catalogue, load_file
from harness.scenario.prefix import with_prefix

__all__ = [
    "Catalogue",
    "channel",
    "features_needed",
    "fence_services",
    "kinds_written",
    "load_catalogue",
    "load_file",
    "manifests_at",
    "needs_controller",
    "obstacle",
    "since",
    "static_services",
    "support_level",
    "with_prefix",
]
