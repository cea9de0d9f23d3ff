"""Entry point of ``python -m showerforge`` and of the packaged project."""

from kedro.framework.cli.utils import find_run_command
from kedro.framework.project import configure_project


def main() -> None:
    """Run the project's pipelines with the options of ``kedro run``."""
    configure_project("showerforge")
    find_run_command("showerforge")()


if __name__ == "__main__":
    main()
