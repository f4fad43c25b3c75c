"""run: a pipeline, its progress, its results as objects."""
import json
import os
import signal
from pathlib import Path

import goldilocks
import pytest
from conftest import DIGITS

PIPELINE = f"""
name: sweep
variables: {{drop: 0.02}}
stages:
  - load: {{model: {DIGITS / 'digits.mlmodel'}, dataset: {{images: {DIGITS / 'test/images.npy'}, labels: {DIGITS / 'test/labels.npy'}}}}}
  - quantize: {{name: "{{function}}_{{bits}}", sweep: {{function: [linear, kmeans_lut], bits: [8, 4, 2]}}}}
  - evaluate: {{backend: onednn}}
  - select: {{max_drop: "${{drop}}"}}
"""


@pytest.fixture
def pipeline(tmp_path):
    path = tmp_path / "sweep.yaml"
    path.write_text(PIPELINE)
    return path


@pytest.fixture
def places(tmp_path):
    return {"output": tmp_path / "run", "store": tmp_path / "store"}


def test_results_are_the_document_as_objects(pipeline, places):
    results = goldilocks.run(pipeline, **places)
    written = json.loads((places["output"] / "results.json").read_text())
    assert results.exit_code == 0 and results.check() is results and results.folder == places["output"]
    assert results.name == "sweep" and len(results.variants) == 7
    assert [variant.name for variant in results.variants] == [variant["name"] for variant in written["variants"]]
    assert results.chosen.name == written["selection"]["chosen"] == results.selection.chosen
    assert results.variants["linear_8"].evaluation.mean_accuracy == written["variants"][1]["evaluation"]["meanAccuracy"]
    assert results.file("linear_8").stat().st_size == results.variants["linear_8"].size_bytes
    assert results.file(results.chosen).exists() and results.proof is None
    assert "kmeans_lut_2" in repr(results.variants["kmeans_lut_2"]) and "sweep" in repr(results)
    with pytest.raises(AttributeError, match="no field 'varants'; it has"):
        results.varants
    with pytest.raises(KeyError):
        results.variants["nosuch"]


def test_a_second_run_computes_nothing_and_results_are_loaded_again(pipeline, places):
    first = goldilocks.run(pipeline, **places)
    second = goldilocks.run(pipeline, **places)
    assert first.computed > 0 and second.computed == 0 and second.reused == first.computed
    for source in (places["output"], places["output"] / "results.json"):
        loaded = goldilocks.load_results(source)
        assert dict(loaded) == dict(second) and loaded.file("linear_8").exists()
    with pytest.raises(goldilocks.UnreadableError, match="results.json"):
        goldilocks.load_results(places["output"] / "nosuch" / "results.json")


def test_variables_and_a_gate_that_fails(pipeline, places):
    pipeline.write_text(PIPELINE.replace("[8, 4, 2]", "[1]"))
    results = goldilocks.run(pipeline, {"drop": 0}, **places)
    assert results.exit_code == 1 and results.chosen is None
    with pytest.raises(goldilocks.GateFailed) as caught:
        results.check()
    assert str(caught.value) == results.selection.reason


def test_progress_is_told_and_what_it_raises_ends_the_run(pipeline, places, capfd):
    told = []
    goldilocks.run(pipeline, progress=told.append, **places)
    assert told[0].done == 0 and max(step.done for step in told) == told[0].tasks > 0
    shares = [step.share for step in told]
    assert all(0 <= share <= 1 for share in shares) and shares[-1] == 1
    assert any("quantize" in step.text for step in told) and "writing files" in told[-1].text
    goldilocks.run(pipeline, progress=True, **places)
    assert "100 %" in capfd.readouterr().err

    def broken(step):
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        goldilocks.run(pipeline, progress=broken, **places)


def test_ctrl_c_keeps_what_is_done(pipeline, places):
    def interrupt(step):
        if step.done == 2:
            os.kill(os.getpid(), signal.SIGINT)

    try:
        goldilocks.run(pipeline, progress=interrupt, **places)
    except KeyboardInterrupt:
        pass
    results = goldilocks.run(pipeline, **places)
    assert results.exit_code == 0 and results.reused >= 2


def test_faults_of_a_pipeline_are_the_programs(pipeline, places, program):
    pipeline.write_text(PIPELINE.replace("max_drop", "max_drp").replace("linear,", "linera,"))
    with pytest.raises(ValueError) as caught:
        goldilocks.run(pipeline, **places)
    assert str(caught.value) == program("run", pipeline, fails=True)
    assert "did you mean 'max_drop'" in str(caught.value)


def test_a_function_that_fails_is_a_failure_of_its_variant(pipeline, places, tmp_path):
    (tmp_path / "mine.py").write_text("def lut_function(nbits, wp): raise ValueError('mine')\n")
    pipeline.write_text(PIPELINE.replace("[linear, kmeans_lut]", f"[linear, {{python_lut: {{script: {tmp_path}/mine.py}}}}]"))
    results = goldilocks.run(pipeline, **places)
    assert results.exit_code == 4 and len(results.failures) == 3 and "mine" in results.failures[0]
    with pytest.raises(goldilocks.PluginError, match="mine"):
        results.check()


def test_tasks_in_processes_of_their_own_give_the_same_bytes(pipeline, places, tmp_path):
    goldilocks.run(pipeline, **places)
    pipeline.write_text(PIPELINE.replace("bits: [8, 4, 2]}", "bits: [8, 4, 2]}, isolation: process"))
    apart = goldilocks.run(pipeline, output=tmp_path / "apart", store=tmp_path / "other")
    assert apart.exit_code == 0, apart.failures
    assert (tmp_path / "apart" / "kmeans_lut_4.mlmodel").read_bytes() == (places["output"] / "kmeans_lut_4.mlmodel").read_bytes()


def test_variants_as_a_table(pipeline, places):
    pandas = pytest.importorskip("pandas")
    table = goldilocks.run(pipeline, **places).variants.to_pandas()
    assert isinstance(table, pandas.DataFrame) and len(table) == 7
    row = table.set_index("name").loc["linear_4"]
    assert row["bits"] == 4 and row["function"] == "linear" and 0 < row["mean_accuracy"] <= 1
    assert row["size_bytes"] < table["size_bytes"].max() and "top1_agreement" in table.columns


def test_the_default_folder_is_that_of_the_program(pipeline, places, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert goldilocks.run("sweep.yaml", store=places["store"]).folder == Path("runs/sweep")
    assert (tmp_path / "runs" / "sweep" / "results.json").exists()
