"""The one kind of error that a user can mend, and how it is shown."""

import difflib
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from types import TracebackType
from typing import Any, ClassVar, TypeVar

MAXIMUM_LISTED = 5

Cause = TypeVar("Cause", bound=BaseException)


class ExitCode(IntEnum):
    """How a command ends; `docs/command-line.md` has them for people."""

    FINE = 0
    #: the question was answered with no: refused, an alarm, a problem
    NO = 1
    BAD_INPUT = 2
    MISSING = 3
    #: there was not enough to answer the question by
    OPEN = 4
    #: of the program itself; that of sysexits.h
    FAULT = 70
    INTERRUPTED = 130


class InputError(ValueError):
    """Something that the user gave is wrong: a file, a value, a parameter.

    The message says where it is, what is wrong and what to do. It is shown without a
    traceback, because the fault is not in the code.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.BAD_INPUT


class MissingError(InputError):
    """Something is not there yet: a project, a package, a result of an earlier run."""

    exit_code: ClassVar[ExitCode] = ExitCode.MISSING


class InterruptedRunError(Exception):
    """A run was ended from outside, by the user or by the system; the message says how to go on."""


def list_problems(problems: Iterable[str]) -> str:
    """Write problems one per line, the first few in full and the rest as a count."""
    problems = list(problems)
    lines = [f"  - {problem}" for problem in problems[:MAXIMUM_LISTED]]
    if len(problems) > MAXIMUM_LISTED:
        lines.append(f"  - and {len(problems) - MAXIMUM_LISTED:,} more like these")
    return "\n".join(lines)


def suggest_names(name: str, names: Iterable[object]) -> str:
    """Ask whether a name that is near to an unknown one was meant; empty if none is near.

    Examples
    --------
    >>> suggest_names("mixtrue", ["mixture", "cart"])
    ' (did you mean mixture?)'
    """
    by_lower_case = {str(known).lower(): str(known) for known in names}
    near = difflib.get_close_matches(name.lower(), list(by_lower_case), n=3, cutoff=0.6)
    return f" (did you mean {' or '.join(by_lower_case[n] for n in near)}?)" if near else ""


def describe_validation(kind: str, message: str, value: Any) -> str:
    """Say plainly what pydantic found wrong with a value.

    Parameters
    ----------
    kind, message, value : type, msg and input of an entry of ``ValidationError.errors()``.
    """
    if kind == "extra_forbidden":
        return "there is no such parameter"
    if kind == "missing":
        return "is missing"
    message = message.removeprefix("Value error, ")
    return f"is {value!r}; {message[:1].lower()}{message[1:]}"


def list_settings(problems: Iterable[Any]) -> str:
    """Write what pydantic found wrong with a block of settings, one per line.

    Parameters
    ----------
    problems : ``ValidationError.errors()``.
    """
    return list_problems(
        f"{'.'.join(map(str, problem['loc']))}: "
        + describe_validation(problem["type"], problem["msg"], problem["input"])
        for problem in problems
    )


def find_cause(error: BaseException | None, kind: type[Cause]) -> Cause | None:
    """Look for an error of a kind among an error and its causes."""
    while error is not None:
        if isinstance(error, kind):
            return error
        error = error.__cause__
    return None


@contextmanager
def damage_told(place: object, kind: str) -> Iterator[None]:
    """Say of a file that it cannot be read, whatever the library raises that reads it.

    Parameters
    ----------
    place : of the file.
    kind : what it should be, such as "HDF5".

    Raises
    ------
    InputError
    """
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        # of a damaged file, libraries raise errors of any kind, and some without a message
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise InputError(
            f"{place}: cannot be read as {kind}: {reason}. If it is such a file, it is damaged; "
            "copy or make it again."
        ) from error


def find_input_error(error: BaseException | None) -> InputError | None:
    """Look for an `InputError` among an error and its causes."""
    return find_cause(error, InputError)


def show_input_errors_plainly() -> None:
    """Let an uncaught `InputError` end the program with its message alone."""
    show_anything_else = sys.excepthook

    def show(
        kind: type[BaseException], error: BaseException, traceback: TracebackType | None
    ) -> None:
        input_error = find_input_error(error)
        if input_error is None:
            show_anything_else(kind, error, traceback)
        else:
            print(f"\nError: {input_error}\n", file=sys.stderr)

    sys.excepthook = show
