import sys


def _is_macos():
    return sys.platform == "darwin"


def _macos_version():
    return ()


def load_spec(path):
    from ..proto import Model_pb2

    with open(path, "rb") as file:
        return Model_pb2.Model.FromString(file.read())
