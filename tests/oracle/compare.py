"""Compares the kit's plain kernels with numpy.

    compare.py OPERATION_SERVER [--seed N] [--only NAME] [--cases N]

Exit code 77 (skipped) without numpy, 1 where anything differs.
"""
import argparse
import json
import subprocess
import sys
import zlib

try:
    import numpy as np
except ImportError:
    print(f"skipped: {sys.executable} has no numpy (on Debian: python3-numpy)")
    sys.exit(77)

import cases
import boxes  # noqa: F401  (each adds its operations to the list)
import chance  # noqa: F401
import elementwise  # noqa: F401
import layout  # noqa: F401
import moving  # noqa: F401
import products  # noqa: F401
import recurrent  # noqa: F401
import reductions  # noqa: F401
import windows  # noqa: F401


class Server:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def to_json(array):
    if array is None:
        return None
    return {"dims": list(array.shape), "values": [float(value) for value in array.astype(np.float32).ravel()]}


def difference(reply, case):
    """What is wrong with the answer; None if nothing is."""
    if "error" in reply:
        return reply["error"]
    for number, (given, expected) in enumerate(zip(reply["outputs"], case.outputs)):
        expected = np.asarray(expected, np.float64)
        if tuple(given["dims"]) != expected.shape:
            return f"output {number} has shape {given['dims']}, not {list(expected.shape)}"
        actual = np.array([np.nan if value is None else value for value in given["values"]], np.float64)
        limit = case.tolerance * np.maximum(1, np.abs(expected.ravel()))
        with np.errstate(invalid="ignore"):
            wrong = ~(np.abs(actual - expected.ravel()) <= limit)
        wrong &= ~(np.isnan(actual) & ~np.isfinite(expected.ravel()))
        if wrong.any():
            at = int(np.argmax(wrong))
            return f"output {number}, value {at} is {actual[at]}, not {expected.ravel()[at]}"
    return None


def compare(server, name, seed, wanted):
    """Runs cases of one operation; returns the number of failures."""
    failures = 0
    for number in range(wanted):
        random = np.random.default_rng([seed, zlib.crc32(name.encode()), number])
        case = cases.OPERATIONS[name](random, name)
        reply = server.ask({
            "type": name,
            "inputs": [to_json(array) for array in case.inputs],
            "attributes": case.attributes,
            "outputs": len(case.outputs),
        })
        problem = difference(reply, case)
        if problem is None:
            continue
        failures += 1
        shapes = [None if array is None else list(array.shape) for array in case.inputs]
        print(f"{name}: seed {seed}, case {number}: {problem}; inputs {shapes}, attributes {case.attributes}")
        if failures == 3:
            break
    return failures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("server")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only")
    parser.add_argument("--cases", type=int, default=60)
    given = parser.parse_args()
    server = Server(given.server)
    types = server.ask({"type": ""})["types"]
    failed = []
    names = [given.only] if given.only else sorted(set(cases.OPERATIONS) & set(types))
    for name in names:
        if compare(server, name, given.seed, given.cases):
            failed.append(name)
    server.close()
    missing = sorted(set(types) - set(cases.OPERATIONS))
    print(f"{len(names)} operations, {given.cases} cases each, seed {given.seed}; {len(failed)} differ from numpy: {failed}")
    print(f"not compared: {', '.join(missing) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
