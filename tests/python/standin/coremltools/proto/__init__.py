from . import Model_pb2  # noqa: F401
