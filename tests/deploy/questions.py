"""Ask a service on this machine, by the standard library alone, and print its answers as JSON.

Takes the body of a request to classify events.
"""

import json
import os
import sys
import urllib.request

URL = "http://127.0.0.1:8000"


def ask(path: str, body: bytes | None = None) -> bytes:
    key = os.environ["SHOWERFORGE_API_KEYS"].partition(",")[0]
    headers = {"content-type": "application/json", "x-api-key": key}
    with urllib.request.urlopen(urllib.request.Request(URL + path, body, headers)) as answer:
        return answer.read()


answers = {
    "readyz": json.loads(ask("/readyz")),
    "classify": json.loads(ask("/v1/classify", sys.argv[1].encode())),
    "metrics": ask("/metrics").decode(),
}
json.dump(answers, sys.stdout)
