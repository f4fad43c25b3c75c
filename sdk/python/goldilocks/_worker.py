"""One task of a run whose stage has `isolation: process`; started by run() itself, by this file's path."""

import argparse
import signal
import sys
from pathlib import Path

if __name__ == "__main__":
    # Not this folder, which the interpreter has put first, but the one that the package lies in.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    from goldilocks import _native

    # The arguments that the program's own workers get; the plan comes on standard input.
    parser = argparse.ArgumentParser()
    parser.add_argument("--plugin-path", action="append", default=[])
    parser.add_argument("--store")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("command", choices=["work"])
    parser.add_argument("plan", choices=["-"])
    parser.add_argument("--task", required=True)
    parser.add_argument("--parent", type=int, required=True)
    given = parser.parse_args()
    # Ctrl-C reaches this process, too; the run that started it decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(_native.work(given.task, given.parent, given.store, given.plugin_path, given.threads))
