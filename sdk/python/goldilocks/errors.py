"""What the functions of this package raise, by the exit codes of the program. The text is the program's own: one line
that begins with the place of the fault."""

from __future__ import annotations


class Error(RuntimeError):
    """The base of all; `exit_code` is what the program would have ended with."""

    exit_code: int = 70


class UsageError(Error, ValueError):
    """A wrong argument, option or pipeline (2)."""

    exit_code = 2


class UnreadableError(Error):
    """A model, data or other file can't be read or written (3)."""

    exit_code = 3


class PluginError(Error):
    """A plugin is missing, was refused, or failed (4)."""

    exit_code = 4


class GateFailed(Error):
    """Everything ran, but no variant is within the limits, or the chosen one failed the proof (1)."""

    exit_code = 1


class Interrupted(Error):
    """The work was stopped by Ctrl-C in another thread (5). In the main thread that is KeyboardInterrupt."""

    exit_code = 5


class InternalError(Error):
    """A defect of Goldilocks (70): please report it with the message."""


_BY_EXIT_CODE = {kind.exit_code: kind for kind in (UsageError, UnreadableError, PluginError, GateFailed, Interrupted)}


def error_of(exit_code: int, message: str) -> Error:
    """The error that belongs to an exit code."""
    return _BY_EXIT_CODE.get(exit_code, InternalError)(message)
