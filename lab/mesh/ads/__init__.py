"""Delivery of Envoy resources by the incremental (delta) aggregated discovery service."""
