"""Named deviations of the reference mesh, each an override of one decision.

A module for each area; `overrides` has decisions that several share. A decision is a field of
`lab.mesh.model.decisions.Decisions`, and a defect replaces exactly one of them (with `every` or `status_delay` where
it depends on time). What is stated in seconds is multiplied by the time scale that the mesh is told (ConfigMap
`gamma-lab-system/mesh`, key `timeScale`): `DeliveryPolicy.delay`, `every`, `status_delay`, and everything that
`History` says.
"""
