"""The package itself: what an import loads, stubs, docstrings."""
import ast
import inspect
from pathlib import Path

import goldilocks
import goldilocks._native as native

FOLDER = Path(goldilocks.__file__).parent


def test_an_import_loads_neither_numpy_nor_the_native_module(script):
    loaded = script("import goldilocks, sys; print([name for name in ('numpy', 'PIL', 'goldilocks._native', 'logging')"
                    " if name in sys.modules])")
    assert loaded == "[]\n"


def test_a_prediction_by_an_image_needs_no_numpy(digits, script):
    said = script(f"import goldilocks, sys\nfrom PIL import Image\n"
                  f"outputs = goldilocks.MLModel({str(digits)!r}).predict({{'image': Image.new('L', (8, 8))}})\n"
                  f"print(type(outputs['digit']).__name__, 'numpy' in sys.modules)")
    assert said == "str False\n"


def test_every_public_name_is_there_and_documented():
    for name in goldilocks.__all__:
        value = getattr(goldilocks, name)
        assert name in dir(goldilocks)
        assert name == "__version__" or (value.__doc__ or "").strip(), name
    for kind in (goldilocks.MLModel, goldilocks.MLState, goldilocks.Results, goldilocks.Variants):
        for name, member in inspect.getmembers(kind, inspect.isfunction):
            if not name.startswith("_") and name in vars(kind):
                assert member.__doc__, f"{kind.__name__}.{name}"


def test_public_functions_are_annotated():
    for function in (goldilocks.quantize, goldilocks.evaluate, goldilocks.compare, goldilocks.run,
                     goldilocks.load_results, goldilocks.plugins, goldilocks.MLModel.predict):
        signature = inspect.signature(function)
        assert signature.return_annotation is not inspect.Signature.empty
        assert all(parameter.annotation is not inspect.Parameter.empty
                   for name, parameter in signature.parameters.items() if name != "self"), function.__name__


def test_the_stub_has_what_the_native_module_has():
    stub = ast.parse((FOLDER / "_native.pyi").read_text())
    named = {node.name: node for node in stub.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
    assert set(named) | {"version"} == {name for name in vars(native) if not name.startswith("_")}
    for name, node in named.items():
        if isinstance(node, ast.ClassDef):
            members = {member.name for member in node.body if isinstance(member, ast.FunctionDef)}
            present = {member for member in vars(getattr(native, name)) if not member.startswith("_")}
            assert {member for member in members if not member.startswith("_")} == present, name
    assert (FOLDER / "py.typed").exists()


def test_the_version_is_the_projects():
    assert goldilocks.__version__ == native.version and goldilocks.__version__.count(".") == 2


def test_warnings_go_to_pythons_logger(script):
    said = script("import logging, sys\nlogging.basicConfig(stream=sys.stdout, format='%(name)s %(levelname)s %(message)s')\n"
                  "import goldilocks\ngoldilocks.plugins()", environment={"GOLDILOCKS_PLUGIN_PATH": "relative/place"})
    assert said == "goldilocks WARNING GOLDILOCKS_PLUGIN_PATH: 'relative/place' is left out, as it is not absolute\n"
