"""coremltools' own class predicts on Linux."""
import coremltools
import goldilocks
import models
import numpy as np
import pytest

FOR_A_MAC = """
import sys
import coremltools as ct
import numpy as np

model = ct.models.MLModel({model!r}, compute_units=ct.ComputeUnit.CPU_ONLY)
print(model.short_description, model.predict({{"x": np.ones((2, 3))}})["y"].tolist(), sys.argv[1:])
"""


@pytest.fixture
def installed():
    goldilocks.coremltools.install()
    yield
    goldilocks.coremltools.uninstall()


def test_predicts_once_installed_and_not_when_taken_back(saved):
    model = coremltools.models.MLModel(str(saved(models.arrays())))
    with pytest.raises(Exception, match="only supported on macOS"):
        model.predict({"x": np.ones((2, 3))})
    goldilocks.coremltools.install()
    goldilocks.coremltools.install()  # again changes nothing
    try:
        y = model.predict({"x": np.ones((2, 3), np.float32)})["y"]
        np.testing.assert_array_equal(y, np.full((2, 3), 3, np.float32))
        assert model.predict([{"x": np.zeros((2, 3))}])[0]["y"].tolist() == [[1, 1, 1]] * 2
        assert coremltools.models.MLModel.predict.__doc__ == "Predictions for the model."
    finally:
        goldilocks.coremltools.uninstall()
    assert not hasattr(coremltools.models.MLModel, "make_state")
    with pytest.raises(Exception, match="only supported on macOS"):
        model.predict({"x": np.ones((2, 3))})


def test_a_model_from_a_message_and_one_that_was_changed(installed):
    message = models.arrays()
    first = coremltools.models.MLModel(message)
    message.neuralNetwork.layers[0].activation.linear.beta = 5
    second = coremltools.models.MLModel(message)
    one = {"x": np.ones((2, 3), np.float32)}
    assert first.predict(one)["y"][0, 0] == 3 and second.predict(one)["y"][0, 0] == 7


def test_useCPUOnly_of_old_scripts_is_ignored(installed, saved):
    model = coremltools.models.MLModel(str(saved(models.arrays())))
    one = {"x": np.ones((2, 3), np.float32)}
    assert model.predict(one, True)["y"][0, 0] == model.predict(one, useCPUOnly=True)["y"][0, 0] == 3


def test_states(installed, saved):
    model = coremltools.models.MLModel(str(saved(models.recurrent())))
    state = model.make_state()
    assert [model.predict({"x": np.ones(1)}, state=state)["y"].item() for _ in range(2)] == [1, 2]
    assert state.read_state("h_in").tolist() == [2]


def test_errors_are_runtime_errors_as_on_a_mac(installed, saved):
    model = coremltools.models.MLModel(str(saved(models.arrays())))
    with pytest.raises(RuntimeError, match="has no input 'z'"):
        model.predict({"z": np.ones((2, 3))})


def test_a_script_for_a_mac_runs_unchanged(saved, script):
    text = FOR_A_MAC.format(model=str(saved(models.arrays())))
    said = "A line [[3.0, 3.0, 3.0], [3.0, 3.0, 3.0]] ['--fast']\n"
    assert script(text, "-m", "goldilocks.coremltools", "script.py", "--fast") == said
    assert script("import goldilocks\ngoldilocks.coremltools.install()\nimport sys; sys.argv.append('--fast')\n" + text) == said
    assert script(text, "-m", "goldilocks.coremltools", "-m", "script", "--fast") == said


def test_a_suite_for_a_mac_runs_unchanged(saved, script, tmp_path):
    (tmp_path / "test_mac.py").write_text(f"""
import coremltools as ct
import numpy as np

def test_predict():
    assert ct.models.MLModel({str(saved(models.arrays()))!r}).predict({{"x": np.ones((2, 3))}})["y"][0, 0] == 3
""")
    assert "1 passed" in script("", "-m", "pytest", "-p", "goldilocks.coremltools", "-p", "no:cacheprovider", "test_mac.py")


def test_tests_that_ask_for_a_mac_are_told_of_one():
    goldilocks.coremltools.install(macos="15.0")
    try:
        assert coremltools.models.utils._is_macos() and coremltools.models.model._macos_version() == (15, 0)
    finally:
        goldilocks.coremltools.uninstall()
    assert not coremltools.models.utils._is_macos() and coremltools.models.model._macos_version() == ()


def test_the_api_side_by_side():
    """What coremltools documents for prediction is there under the same names."""
    ours, theirs = goldilocks.MLModel, coremltools.models.MLModel
    assert {name for name in vars(theirs) if not name.startswith("_")} <= set(dir(ours))
    for name in ("predict", "make_state", "get_spec", "save", "input_description", "output_description",
                 "short_description", "author", "license", "version", "user_defined_metadata"):
        assert hasattr(ours, name), name
