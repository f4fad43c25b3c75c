from coreml.model_pb2 import Model  # noqa: F401  (compiled from the project's own proto/coreml)
