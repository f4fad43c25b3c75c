"""A stand-in for coremltools, which Debian doesn't have: what its documentation says of MLModel, off a Mac."""
import enum

from . import models, proto  # noqa: F401


class ComputeUnit(enum.Enum):
    ALL = 1
    CPU_ONLY = 3
