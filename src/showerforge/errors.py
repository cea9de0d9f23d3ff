"""The one kind of error that a user can mend, and how it is shown."""

import sys
from collections.abc import Iterable
from types import TracebackType

MAXIMUM_LISTED = 5


class InputError(ValueError):
    """Something that the user gave is wrong: a file, a value, a parameter.

    The message says where it is, what is wrong and what to do. It is shown without a
    traceback, because the fault is not in the code.
    """


def list_problems(problems: Iterable[str]) -> str:
    """Write problems one per line, the first few in full and the rest as a count."""
    problems = list(problems)
    lines = [f"  - {problem}" for problem in problems[:MAXIMUM_LISTED]]
    if len(problems) > MAXIMUM_LISTED:
        lines.append(f"  - and {len(problems) - MAXIMUM_LISTED:,} more like these")
    return "\n".join(lines)


def find_input_error(error: BaseException | None) -> InputError | None:
    """Look for an `InputError` among an error and its causes."""
    while error is not None:
        if isinstance(error, InputError):
            return error
        error = error.__cause__
    return None


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
