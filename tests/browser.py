"""What a browser makes of a page."""

import os
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest


def addresses_loaded_by(page: str) -> list[str]:
    """List what a page would fetch: sources of any element, and links to style sheets."""
    found = []

    class Collector(HTMLParser):
        def handle_starttag(self, tag, attributes):
            for name, value in attributes:
                fetched = name == "src" or (name == "href" and tag == "link")
                if fetched and not (value or "").startswith("data:"):
                    found.append(value)

    Collector().feed(page)
    return found


def open_in_browser(page: Path, profile: Path) -> str:
    """Open a page in a real browser without network, and return what it made of it."""
    content, said = browse(page.as_uri(), profile, "MAP * ~NOTFOUND")
    assert "Uncaught" not in said
    return content


def browse(address: str, profile: Path, resolver_rules: str) -> tuple[str, str]:
    """Open an address in a real browser.

    Returns
    -------
    content, said : what the browser made of it, and what it wrote to stderr, console included.
    """
    names = ("chromium", "chromium-browser", "google-chrome")
    browser = next(filter(None, map(shutil.which, names)), None)
    if browser is None:
        pytest.skip("no Chromium; .ci/run installs it")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    result = subprocess.run(
        [
            browser,
            "--headless",
            "--disable-gpu",
            "--disable-background-networking",
            f"--host-resolver-rules={resolver_rules}",
            "--enable-logging=stderr",
            "--virtual-time-budget=10000",
            f"--user-data-dir={profile}",
            "--dump-dom",
            *sandbox,
            address,
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return result.stdout, result.stderr
