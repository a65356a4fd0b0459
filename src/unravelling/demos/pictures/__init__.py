"""Pictures that stay: demos without controls, for what words say badly. Each is live, with a still and a text."""

from unravelling.demos.pictures.counts_look_up import CountsLookUp
from unravelling.demos.pictures.course_map import CourseMap
from unravelling.demos.pictures.machine_map import MachineMap
from unravelling.demos.pictures.training_circle import TrainingCircle

__all__ = ["CountsLookUp", "CourseMap", "MachineMap", "TrainingCircle"]
