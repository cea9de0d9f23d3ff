import subprocess
import sys
from pathlib import Path

import click
import pytest
from toys import PROJECT

from showerforge.errors import ExitCode, InputError
from showerforge.extras import require_packages


def test_what_is_installed_is_enough():
    require_packages("Tables", ("numpy", "pandas"), ("serve",))


def test_what_is_missing_is_named_with_the_extras_that_install_it():
    words = r"Tables need no_such_a and no_such_b, .* \'showerforge\[images,serve\]\'"
    with pytest.raises(InputError, match=words):
        require_packages("Tables", ("numpy", "no_such_a", "no_such_b"), ("serve", "images"))


def test_the_command_tells_what_a_service_needs(tmp_path):
    """In an environment that has the project, click and nothing else."""
    (tmp_path / "click").symlink_to(Path(click.__file__).parent)
    script = (
        "import sys; sys.path[:] = [p for p in sys.path if 'site-packages' not in p]; "
        f"sys.path[:0] = [{str(PROJECT / 'src')!r}, {str(tmp_path)!r}]; "
        "from showerforge.command_line import main; main(['serve'])"
    )
    result = subprocess.run(
        [sys.executable, "-S", "-c", script], cwd=tmp_path, capture_output=True, text=True
    )
    assert result.returncode == ExitCode.MISSING
    assert "Services need fastapi and httptools" in result.stderr
    assert "showerforge[serve]" in result.stderr
    assert "Traceback" not in result.stderr
