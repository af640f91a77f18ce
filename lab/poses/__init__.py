"""What the lab can pose as: the ways in which real meshes take in workloads and show themselves in the API.

Written from those meshes' own documentation and sources, and from nothing of the suite's: a profile that is wrong about
its mesh must not find a lab that is wrong in the same way. The mesh behind the pose is always the lab's own.
"""

from lab.poses.model import Enrolment, Pose, Sidecar, Waypoint
from lab.poses.registry import LAB, POSES, pose_of

__all__ = ["LAB", "POSES", "Enrolment", "Pose", "Sidecar", "Waypoint", "pose_of"]
