"""Start a service, wait until it is healthy, ask it, and stop it; prints what the questions gave.

To be run where there is no network and nothing can be written. Takes, as JSON, commands and
environments: ``service``, ``health``, ``questions``, ``environment``, ``observed`` (what the
environment of the service has beside), ``patience`` in seconds.
"""

import json
import os
import subprocess
import sys
import time

given = json.loads(sys.argv[1])
assert not os.access("/", os.W_OK), "the root of the file system can be written"
environment = given["environment"]
service = subprocess.Popen(given["service"], env=environment | given["observed"])
try:
    end = time.monotonic() + given["patience"]
    while subprocess.run(given["health"], env=environment, capture_output=True).returncode:
        if service.poll() is not None or time.monotonic() > end:
            sys.exit(f"the service did not become healthy; it ended with {service.poll()}")
        time.sleep(0.2)
    subprocess.run(given["questions"], env=environment, check=True)
finally:
    service.terminate()
    service.wait(given["patience"])
