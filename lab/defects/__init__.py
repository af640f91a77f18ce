"""Named deviations of the reference mesh, each an override of one decision."""
