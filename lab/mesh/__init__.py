"""The reference mesh: a control plane that turns Services and routes into Envoy configuration and route status."""
