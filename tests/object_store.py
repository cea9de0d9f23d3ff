"""An object store: a server of the protocol of S3 in a process of its own, which knows users."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

#: seconds until the server must have started
PATIENCE = 60
#: requests that need no permission; those who set up the store have none
MANY = 10**9


@dataclass(frozen=True)
class Store:
    """A store that runs.

    Attributes
    ----------
    endpoint : its address.
    log : file with a line for each request.
    process : of the server.
    """

    endpoint: str
    log: Path
    process: subprocess.Popen[bytes]

    def options(self, key: str = "anybody", secret: str = "secret") -> dict[str, Any]:
        """What a user signs in with."""
        return {"key": key, "secret": secret, "endpoint_url": self.endpoint}

    def client(self, service: str) -> Any:
        """Ask the store by another library than that under test."""
        import boto3

        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=self.endpoint,
            aws_access_key_id="anybody",
            aws_secret_access_key="secret",
        )

    def add_user(self, name: str, **may: list[str]) -> dict[str, Any]:
        """Make a user who may do actions of S3 with resources; gives what to sign in with."""
        iam = self.client("iam")
        iam.create_user(UserName=name)
        statements = [
            {"Effect": "Allow", "Action": f"s3:{action}", "Resource": resources}
            for action, resources in may.items()
        ]
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_user_policy(UserName=name, PolicyName="may", PolicyDocument=policy)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return self.options(key["AccessKeyId"], key["SecretAccessKey"])

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Ask for permissions from now on."""
        self._let_pass(0)
        try:
            yield
        finally:
            self._let_pass(MANY)

    def _let_pass(self, n_requests: int) -> None:
        address = f"{self.endpoint}/moto-api/reset-auth"
        headers = {"Content-Type": "text/plain"}
        request = urllib.request.Request(address, str(n_requests).encode(), headers)
        urllib.request.urlopen(request).close()

    def requests(self) -> list[str]:
        """List all requests so far, such as ``GET /events/in/a.csv``."""
        return re.findall(r'"([A-Z]+ \S+) HTTP', self.log.read_text())


@contextmanager
def object_store(folder: Path) -> Iterator[Store]:
    """Start a store without any buckets."""
    for package in ("moto", "s3fs", "upath"):
        pytest.importorskip(package, reason="needs pip install 'showerforge[dev,storage]'")
    log = folder / "object_store.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"],
            stdout=output,
            stderr=output,
        )
    try:
        until = time.monotonic() + PATIENCE
        while not (found := re.search(r"Running on (http://\S+)", log.read_text())):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.05)
        yield Store(found[1], log, process)
    finally:
        process.kill()
        process.wait()
