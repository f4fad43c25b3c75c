from . import utils  # noqa: F401
from .model import MLModel  # noqa: F401
