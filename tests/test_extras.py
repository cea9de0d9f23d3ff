import subprocess
import sys

import pytest
from toys import PROJECT

from showerforge.errors import InputError
from showerforge.extras import require_packages


def test_what_is_installed_is_enough():
    require_packages("Tables", ("numpy", "pandas"), ("serve",))


def test_what_is_missing_is_named_with_the_extras_that_install_it():
    words = r"Tables need no_such_a and no_such_b, .* \'showerforge\[images,serve\]\'"
    with pytest.raises(InputError, match=words):
        require_packages("Tables", ("numpy", "no_such_a", "no_such_b"), ("serve", "images"))


def test_the_command_tells_what_a_service_needs(tmp_path):
    """In an environment that has the project and nothing else."""
    script = (
        "import sys; sys.path[:] = [p for p in sys.path if 'site-packages' not in p]; "
        f"sys.path.insert(0, {str(PROJECT / 'src')!r}); "
        "from showerforge.command_line import main; main(['serve'])"
    )
    result = subprocess.run(
        [sys.executable, "-S", "-c", script], cwd=tmp_path, capture_output=True, text=True
    )
    assert result.returncode == 1
    assert "Services need fastapi and httptools" in result.stderr
    assert "showerforge[serve]" in result.stderr
    assert "Traceback" not in result.stderr
