"""No damaged file passes unseen, and none ends the program otherwise than with its name.

By default for some seconds; longer with ``SHOWERFORGE_FUZZ_SECONDS``, which also draws other cases.
"""

import json
import os
import random
import subprocess
import sys

import fuzzed_files

SECONDS = 6.0


def test_damaged_files_are_refused_by_name_or_read_whole(tmp_path):
    longer = os.environ.get("SHOWERFORGE_FUZZ_SECONDS")
    first = random.SystemRandom().randrange(2**32) if longer else 0
    program = [sys.executable, fuzzed_files.__file__, tmp_path, longer or str(SECONDS), str(first)]
    result = subprocess.run(program, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["bad"] == []
    assert found["n_cases"] > 10 * len(fuzzed_files.READERS)
