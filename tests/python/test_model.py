"""MLModel: what goes in, what comes out, and what is said of the rest."""
import copy
import threading

import goldilocks
import models
import numpy as np
import pytest
from conftest import REFERENCE
from PIL import Image

FLOAT16 = models.Array.FLOAT16


def line(x):
    return 2 * np.asarray(x, np.float64) + 1


def test_classifies_a_pil_image_as_the_program_does(digits, digit_images, program, tmp_path):
    Image.fromarray(digit_images[0]).save(tmp_path / "digit.png")
    outputs = goldilocks.MLModel(digits).predict({"image": Image.fromarray(digit_images[0])})
    assert list(outputs) == ["digit", "probabilities"]
    assert type(outputs["digit"]) is str
    assert type(outputs["probabilities"]) is dict
    assert sorted(outputs["probabilities"]) == [str(digit) for digit in range(10)]
    assert sum(outputs["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert outputs["digit"] in program("predict", digits, "--input", tmp_path / "digit.png")


def test_an_array_of_bytes_is_an_image(digits, digit_images):
    model = goldilocks.MLModel(str(digits))
    for pixels in (digit_images[3], np.asfortranarray(digit_images[3])):
        assert model.predict({"image": pixels}) == model.predict({"image": Image.fromarray(digit_images[3])})


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int8", "int16", "int32", "int64", "uint8", "uint16",
                                   "uint32", "bool", ">f4"])
def test_arrays_of_every_number_type(saved, dtype):
    x = np.array([[1, 0, 1], [0, 1, 1]], dtype)
    y = goldilocks.MLModel(saved(models.arrays())).predict({"x": x})["y"]
    assert y.dtype == np.float32 and y.shape == (2, 3)
    np.testing.assert_array_equal(y, line(x))


def test_arrays_of_every_layout_and_what_numpy_can_read(saved):
    model = goldilocks.MLModel(saved(models.arrays()))
    x = np.arange(12, dtype=np.float32).reshape(2, 6)
    for given in (x[:, ::2], np.asfortranarray(x[:, ::2]), x[:, ::2].tolist(), x[None, :, ::2], x[::-1, ::-2][::-1, ::-1] - 1):
        np.testing.assert_array_equal(model.predict({"x": given})["y"], line(given).reshape(2, 3))

    class Tensor:
        def __array__(self, dtype=None):
            return x[:, :3]

    np.testing.assert_array_equal(model.predict({"x": Tensor()})["y"], line(x[:, :3]))


@pytest.mark.parametrize("kind, dtype", [(models.Array.FLOAT32, "float32"), (models.Array.DOUBLE, "float64"),
                                         (models.Array.INT32, "int32"), (FLOAT16, "float32")])
def test_outputs_have_the_type_that_coremltools_gives(saved, kind, dtype):
    y = goldilocks.MLModel(saved(models.arrays(out=kind))).predict({"x": np.ones((2, 3), np.float32)})["y"]
    assert y.dtype == dtype
    np.testing.assert_array_equal(y, np.full((2, 3), 3))


def test_outputs_are_the_models_own_memory_and_writable(saved):
    model = goldilocks.MLModel(saved(models.arrays()))
    y = model.predict({"x": np.ones((2, 3), np.float32)})["y"]
    assert not y.flags.owndata and y.flags.c_contiguous and y.flags.writeable
    y[:] = 0
    np.testing.assert_array_equal(model.predict({"x": np.ones((2, 3), np.float32)})["y"], np.full((2, 3), 3))


def test_single_numbers(saved):
    model = goldilocks.MLModel(saved(models.arrays(shape=(1,))))
    for number in (3, 3.0, np.float32(3), np.float64(3), np.int16(3), np.array([3.0])):
        assert model.predict({"x": number})["y"].tolist() == [7]


@pytest.mark.parametrize("mode, space", [("RGB", models.Image.RGB), ("RGB", models.Image.BGR),
                                         ("L", models.Image.GRAYSCALE), ("F", models.Image.GRAYSCALE_FLOAT16)])
def test_images_come_out_in_their_mode(saved, mode, space):
    pixels = np.arange(18 if mode == "RGB" else 6, dtype=np.float32 if mode == "F" else np.uint8)
    image = Image.fromarray(pixels.reshape((2, 3, 3) if mode == "RGB" else (2, 3)))
    assert image.mode == mode
    out = goldilocks.MLModel(saved(models.images(space))).predict({"x": image})["y"]
    assert isinstance(out, Image.Image) and out.mode == mode and out.size == (3, 2)
    np.testing.assert_array_equal(np.asarray(out), np.asarray(image))


def test_an_image_of_another_mode_or_size_is_refused_with_what_would_do(saved):
    model = goldilocks.MLModel(saved(models.images()))
    with pytest.raises(TypeError, match=r"input 'x': takes a PIL image of mode 'RGB', and was given one of mode 'RGBA'"):
        model.predict({"x": Image.new("RGBA", (3, 2))})
    with pytest.raises(ValueError, match=r"input 'x': the size 4 x 2 is not allowed; allowed: 3 x 2"):
        model.predict({"x": Image.new("RGB", (4, 2))})


def test_dictionaries_texts_and_whole_numbers(saved):
    assert goldilocks.MLModel(saved(models.vectorizer())).predict({"x": {"b": 2, "a": 0.5}})["y"].tolist() == [0.5, 2]
    assert goldilocks.MLModel(saved(models.one_hot())).predict({"x": "blue"})["y"].tolist() == [0, 1]
    assert goldilocks.MLModel(saved(models.one_hot(False))).predict({"x": np.int64(3)})["y"].tolist() == [1, 0]


def test_a_list_gives_a_list(digits, digit_images):
    model = goldilocks.MLModel(digits)
    samples = [{"image": Image.fromarray(image)} for image in digit_images[:50]]
    assert model.predict(samples) == [model.predict(sample) for sample in samples]
    assert model.predict([]) == []


def test_wrong_inputs_are_said_in_the_programs_words(saved):
    path = saved(models.arrays())
    model = goldilocks.MLModel(path)
    x = np.ones((2, 3), np.float32)
    for data, text in (({"z": x}, "the model has no input 'z'"), ({}, "input 'x'"),
                       ({"x": np.ones((3, 3))}, r"input 'x': the shape \[3, 3\] is not allowed; allowed: \[2, 3\]"),
                       ({"x": "text"}, r"input 'x': takes array float32 \[2, 3\], and was given text")):
        with pytest.raises(ValueError, match=text) as caught:
            model.predict(data)
        assert isinstance(caught.value, goldilocks.UsageError) and caught.value.exit_code == 2
    with pytest.raises(OverflowError):
        model.predict({"x": 2**70})
    for data in ({"x": object()}, {"x": np.array(["a"])}, {"x": [[1], [2, 3]]}, {1: x}, (x,), [x], None):
        with pytest.raises(TypeError):
            model.predict(data)


def test_a_model_that_cannot_be_read(tmp_path, program):
    (tmp_path / "broken.mlmodel").write_bytes(b"no model")
    for name in ("broken.mlmodel", "missing.mlmodel"):
        with pytest.raises(goldilocks.UnreadableError) as caught:
            goldilocks.MLModel(tmp_path / name)
        assert str(caught.value) == program("predict", tmp_path / name, "--input", "x.png", fails=True)
        assert caught.value.exit_code == 3 and isinstance(caught.value, RuntimeError)
    with pytest.raises(goldilocks.PluginError, match="nosuch"):
        goldilocks.MLModel(tmp_path / "broken.mlmodel", backend="nosuch")


def test_descriptions_and_metadata(saved):
    model = goldilocks.MLModel(saved(models.arrays()), compute_units="ALL")
    assert model.short_description == "A line" and model.author == "Nobody"
    assert model.license == "None" and model.version == "1.2"
    assert model.user_defined_metadata == {"colour": "blue"}
    assert model.input_description["x"] == "what goes in" and list(model.output_description) == ["y"]
    assert repr(model.input_description) == "Features(x)" and "z" not in model.input_description
    assert model.inputs[0].type == "array float32 [2, 3]" and model.inputs[0].shape == (2, 3)


def test_get_spec_and_a_model_from_a_message(saved):
    message = models.arrays()
    model = goldilocks.MLModel(saved(message))
    assert model.get_spec() == message
    again = goldilocks.MLModel(model.get_spec())
    np.testing.assert_array_equal(again.predict({"x": np.ones((2, 3))})["y"], np.full((2, 3), 3))


def test_a_state_is_handed_on_read_and_written(saved):
    model = goldilocks.MLModel(saved(models.recurrent()))
    state = model.make_state()
    one = {"x": np.ones(1, np.float32)}
    assert state.read_state("h_in").tolist() == [0]
    assert [model.predict(one, state)["y"].item() for _ in range(3)] == [1, 2, 3]
    assert state.read_state("h_in").tolist() == [3]
    given = np.array([10], np.float32)
    state.write_state("h_in", given)
    given[0] = 99
    assert model.predict(one, state=state)["y"].item() == 11
    assert model.predict(one)["y"].item() == 1
    with pytest.raises(ValueError, match="has no state 'h'"):
        state.read_state("h")
    with pytest.raises(ValueError, match="state 'h_in': takes"):
        state.write_state("h_in", np.ones(2, np.float32))
    with pytest.raises(ValueError, match="one prediction at a time"):
        model.predict([one], state)
    with pytest.raises(TypeError):
        model.predict(one, "state")


def test_a_model_without_state_or_functions_says_so(saved):
    path = saved(models.arrays())
    with pytest.raises(ValueError, match="the model has no state"):
        goldilocks.MLModel(path).make_state()
    with pytest.raises(ValueError, match="has no function 'main'"):
        goldilocks.MLModel(path, "main")


def test_save_copies_the_file(saved, tmp_path):
    path = saved(models.arrays())
    goldilocks.MLModel(path).save(tmp_path / "copy.mlmodel")
    assert (tmp_path / "copy.mlmodel").read_bytes() == path.read_bytes()


def test_many_threads_on_one_model(digits, digit_images):
    model = goldilocks.MLModel(digits)
    expected = [model.predict({"image": image}) for image in digit_images[:20]]
    wrong = []

    def work():
        for _ in range(10):
            for image, outputs in zip(digit_images, expected):
                if model.predict({"image": image}) != outputs:
                    wrong.append(outputs)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_inputs_are_left_as_they_are(saved):
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    data = {"x": x}
    before = copy.deepcopy(data)
    goldilocks.MLModel(saved(models.arrays())).predict(data)
    assert data["x"] is x
    np.testing.assert_array_equal(x, before["x"])


@pytest.mark.skipif(not REFERENCE.exists(), reason=f"needs the article's model in {REFERENCE}")
def test_the_articles_model_answers_as_the_program(program, tmp_path):
    image = next((REFERENCE / "images").rglob("*.jpg"))
    model = goldilocks.MLModel(REFERENCE / "models" / "food.mlmodel")
    fitted = Image.open(image).convert("RGB").resize((227, 227))
    (name,) = model.input_description
    outputs = model.predict({name: fitted})
    assert outputs == model.predict({name: np.asarray(fitted)})
    fitted.save(tmp_path / "dinner.png")
    assert outputs[model._native.label_output] in program("predict", model.path, "--input", tmp_path / "dinner.png")
