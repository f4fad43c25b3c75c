"""Runs a pipeline in three ways, and compares every file of the three runs but the timings:

    python3 tests/end_to_end/same_bytes.py GOLDILOCKS PIPELINE [--set NAME=VALUE ...]

in one process; with every task in a process of its own; and task by task with `goldilocks work`, from the plan's file and
a store that knows nothing else, in an order of chance that respects inputs. SEED=7 in the environment repeats an order.
"""
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile


def goldilocks(*arguments):
    process = subprocess.run([sys.argv[1], "--log-level", "off", *map(str, arguments)], capture_output=True, text=True)
    if process.returncode not in (0, 1):  # 1: the gate of the pipeline failed, which is no matter here
        sys.exit(f"{' '.join(map(str, arguments))}: exit code {process.returncode}\n{process.stderr}")


def in_any_order(tasks, order):
    done = set()
    while len(done) < len(tasks):
        task = order.choice([task for task in tasks if task["id"] not in done and done.issuperset(task["inputs"])])
        yield task["id"]
        done.add(task["id"])


def work(plan, store, order):
    tasks = json.loads(plan.read_text())["tasks"]
    for task in in_any_order(tasks, order):
        goldilocks("work", plan, "--task", task, "--store", store)
    return len(tasks)


def contents(folder):
    files = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    files.pop(pathlib.Path("timing.json"))
    return files


def expect_same(files, expected, how):
    different = [str(name) for name in files.keys() | expected.keys() if files.get(name) != expected.get(name)]
    if different:
        sys.exit(f"{how}: these files differ: {', '.join(sorted(different))}")
    print(f"{how}: the same bytes in {len(files)} files")


def main():
    pipeline = sys.argv[2:]
    seed = int(os.environ.get("SEED", random.randrange(1 << 30)))
    order = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)

        def run(how, store, *more):
            goldilocks("run", *pipeline, "--output", folder / how, "--store", folder / store, *more)
            return contents(folder / how)

        expected = run("local", "local-store")
        expect_same(run("process", "process-store", "--isolation", "process"), expected, "every task in a process")

        alone = folder / "alone-store"
        goldilocks("plan", *pipeline, "--output", folder / "plan.json", "--store", alone)
        made = work(folder / "plan.json", alone, order)
        proof = folder / "local" / "plan-proof.json"
        if proof.exists():
            made += work(proof, alone, order)
        files = run("alone", "alone-store")
        timing = json.loads((folder / "alone" / "timing.json").read_text())
        if timing["tasksComputed"] != 0:
            sys.exit(f"{timing['tasksComputed']} tasks were not made alone")
        expect_same(files, expected, f"{made} tasks alone, in the order of seed {seed}")


if __name__ == "__main__":
    main()
