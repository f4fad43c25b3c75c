"""Lets every call that a run makes of the system fail, one at a time, and looks at what becomes of the run:

    python3 tests/faults/faults.py GOLDILOCKS LIBRARY [--isolation] [--every N] [--errors all] [--only TEXT]

A run of a small pipeline is recorded first: its points are kinds of calls, files and numbers (faults.c). Then, for each
point, a run meets an error there; and, where the call would have changed a file or folder or started a process, its process
is killed there. (Killed at another call, it leaves what it leaves when it is killed at the next of those.) It ends well, or
with one error and its exit code; what it leaves in its folder is whole; and a run after it, without a fault, gives the same
bytes and leaves nothing else behind.
"""
import argparse
import collections
import errno
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time

import numpy

SOURCE = pathlib.Path(__file__).resolve().parents[2]
ERRORS = {
    "open": [errno.EMFILE, errno.EIO, errno.EINTR],
    "create": [errno.ENOSPC, errno.EMFILE, errno.EIO, errno.EINTR],
    "read": [errno.EIO, errno.EINTR],
    "write": [errno.ENOSPC, errno.EIO, errno.EINTR],
    "rename": [errno.EIO, errno.ENOSPC],
    "fsync": [errno.EIO, errno.ENOSPC],
    "mmap": [errno.ENOMEM],
    "mkdir": [errno.ENOSPC, errno.EIO],
    "thread": [errno.EAGAIN],
    "process": [errno.ENOMEM, errno.EAGAIN],
}
KILL = 0
KILLED_AT = ("create", "write", "rename", "mkdir", "process")
PIPELINE = """
name: faults
stages:
  - load: {model: digits.mlmodel, dataset: {name: digits, images: images.npy, labels: labels.npy}}
  - quantize: {sweep: {function: linear, bits: [8, 4]}}
  - evaluate: {backend: reference, bootstrap: {resamples: 100}}
  - report: [csv, json]
"""


class Faults:
    def __init__(self, arguments, folder):
        self.arguments = arguments
        self.folder = folder
        digits = SOURCE / "examples/digits"
        shutil.copy(digits / "digits.mlmodel", folder)
        for name in ("images", "labels"):
            numpy.save(folder / f"{name}.npy", numpy.load(digits / f"test/{name}.npy")[:8])
        (folder / "faults.yaml").write_text(PIPELINE)

    def run(self, **environment):
        threads = ["--isolation", "process"] if self.arguments.isolation else []
        command = [self.arguments.goldilocks, "--log-level", "off", "--threads", "1", "run", self.folder / "faults.yaml",
                   "--output", self.folder / "run", "--store", self.folder / "store", *threads]
        more = {name: str(value) for name, value in environment.items()}
        if more:
            more |= {"LD_PRELOAD": self.arguments.library, "FAULTS_BELOW": str(self.folder)}
        return subprocess.run(command, capture_output=True, text=True, timeout=120, env=os.environ | more)

    def clear(self):
        for name in ("run", "store"):
            shutil.rmtree(self.folder / name, ignore_errors=True)

    # What is in sight: not hidden files, and not the store, whose content is checked when it is used.
    def files(self):
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in (self.folder / "run").rglob("*")
                if path.is_file() and path.name != "timing.json" and ".partial." not in str(path)
                and not path.name.startswith(".")}

    def litter(self):
        return [str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if ".partial." in path.name]

    def points(self):
        self.clear()
        log = self.folder / "calls"
        log.unlink(missing_ok=True)
        done = self.run(FAULTS_LOG=log)
        if done.returncode != 0:
            sys.exit(f"the run without a fault: exit code {done.returncode}\n{done.stderr}")
        self.expected = self.files()
        calls = collections.Counter(log.read_text().splitlines())
        turns = collections.Counter()
        return [(point, number, error) for point, count in calls.items() for number in range(1, count + 1)
                for error in self.errors(point, turns)]

    # All errors of a call, or one of them in turn; and a kill.
    def errors(self, point, turns):
        kind = point.split()[0]
        errors = [errno.EINTR] if point.endswith(" pipe") else ERRORS[kind]
        turns[kind] += 1
        chosen = errors if self.arguments.errors == "all" else [errors[turns[kind] % len(errors)]]
        return chosen + [KILL] * (kind in KILLED_AT)

    def problems(self, point, number, error):
        self.clear()
        counter = self.folder / "counter"
        counter.write_bytes(bytes(4))
        try:
            ended = self.run(FAULTS_POINT=point, FAULTS_NUMBER=number, FAULTS_ERROR=error, FAULTS_COUNTER=counter)
        except subprocess.TimeoutExpired:
            return ["it does not end"]
        found = []
        lines = [line for line in ended.stderr.splitlines() if line.startswith(("goldilocks: ", "error: "))]
        goes_on = any(line.startswith("error: ") for line in lines)  # without a variant or a report that has failed
        if error == KILL:
            if ended.returncode not in (-9, 0, 3, 4):
                found.append(f"exit code {ended.returncode}: {ended.stderr}")
        elif ended.returncode not in (0, 3, 4):
            found.append(f"exit code {ended.returncode}: {ended.stderr}")
        elif ended.returncode != 0 and (not lines or len(lines) > 1 and not goes_on):
            found.append(f"{len(lines)} lines of errors: {ended.stderr}")
        wrong = [name for name, content in self.files().items() if not self.is_whole(name, content, goes_on)]
        if wrong:
            found.append(f"half written or wrong: {', '.join(wrong)}")
        # A folder that can't be listed can't be removed either: the next run does it.
        if error != KILL and not (point.startswith("open ") and ".partial." in point) and self.litter():
            found.append(f"left behind: {', '.join(self.litter())}")
        again = self.run()
        if again.returncode != 0:
            found.append(f"the run after it: exit code {again.returncode}: {again.stderr}")
        elif self.files() != self.expected:
            names = self.files().keys() ^ self.expected.keys()
            names |= {name for name, content in self.files().items() if self.expected.get(name) != content}
            found.append(f"the run after it gave others: {', '.join(sorted(names))}")
        if self.litter():
            found.append(f"left behind after the run without a fault: {', '.join(self.litter())}")
        return found

    def is_whole(self, name, content, goes_on):
        if not goes_on or not name.endswith(".json"):
            return goes_on or self.expected.get(name) == content
        try:
            return bool(json.loads(content))
        except ValueError:
            return False


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("goldilocks")
    parser.add_argument("library")
    parser.add_argument("--isolation", action="store_true", help="every task in a process of its own")
    parser.add_argument("--every", type=int, default=1, help="only each n-th point")
    parser.add_argument("--errors", choices=["all", "one"], default="one")
    parser.add_argument("--only", default="", help="only points with this text")
    arguments = parser.parse_args()
    start = time.monotonic()
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        faults = Faults(arguments, pathlib.Path(name).resolve())
        points = [point for point in faults.points() if arguments.only in point[0]][:: arguments.every]
        for point, number, error in points:
            for problem in faults.problems(point, number, error):
                failed += 1
                what = "killed" if error == KILL else errno.errorcode[error]
                print(f"{point}, number {number}, {what}: {problem}", flush=True)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = children.ru_utime + children.ru_stime
    print(f"{len(points)} points, {failed} problems, {time.monotonic() - start:.0f} s, {cpu:.0f} CPU s")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
