"""Named deviations of the reference mesh, each an override of one decision.

A module for each area; `overrides` has decisions that several share, `tables` and `edits` make changes of rules and of
what Envoy is told. A decision is a field of `lab.mesh.model.decisions.Decisions`, and a defect replaces exactly one of
them (with `every` or `status_delay` where it depends on time, with `numbered` where it depends on earlier requests of a
connection). What is stated in seconds is multiplied by the time scale that the mesh is told (ConfigMap
`gamma-lab-system/mesh`, key `timeScale`): `DeliveryPolicy.delay`, `every`, `status_delay`, and everything that
`History` says.

A running lab is switched by that ConfigMap (`Lab.set_defect`, `gamma lab defects --set`): `defect` is the id, `turn`
any new text. The mesh first brings every node to what the specification says, begins with new planner and history, so
that nothing is left of the defect before, and then writes `inForce` and `inForceTurn`. A decision keeps no state of its
own.
"""
