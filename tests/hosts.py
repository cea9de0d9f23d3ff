"""Processes and hosts that the kernel keeps apart from others: namespaces.

One host is the head. It has a cable to each of the others, and an address on each; the others
see nothing but the head. No root is needed, but a kernel that lets users make namespaces.
"""

import os
import shutil
import subprocess
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pytest

CABLE = "cable"
COMMANDS = ("unshare", "nsenter", "ip")
#: a process without any network but its own loopback
OFFLINE = 'ip link set lo up && exec "$@"'


def apart(preparation, *arguments, kinds=("net",)):
    """Command before a command that is to run in namespaces of its own; none if not allowed.

    Parameters
    ----------
    preparation : what the shell does first; it ends with the command.
    arguments : of the preparation.
    kinds : of namespaces.
    """
    own = [] if os.geteuid() == 0 else ["--map-root-user"]
    names = [f"--{kind}" for kind in kinds]
    command = ["unshare", *names, *own, "sh", "-c", preparation, *(arguments or ["sh"])]
    try:
        tried = subprocess.run([*command, "true"], capture_output=True, check=False)
    except FileNotFoundError:
        return []
    return [] if tried.returncode else command


@dataclass(frozen=True)
class Host:
    """A process that does nothing but hold the network of a host.

    Attributes
    ----------
    number : of the cable to the head.
    """

    process: subprocess.Popen
    number: int

    @property
    def entry(self):
        """Command before a command that is to run on this host."""
        target = f"--target={self.process.pid}"
        return ["nsenter", target, "--user", "--net", "--preserve-credentials"]

    @property
    def address(self):
        return f"10.77.{self.number}.2"

    @property
    def head(self):
        """Address of the head, as this host sees it."""
        return f"10.77.{self.number}.1"

    def run(self, *arguments):
        subprocess.run([*self.entry, *arguments], check=True)

    def cut(self):
        """Cut the cable: nobody is told, packets are just lost."""
        self.run("ip", "link", "set", CABLE, "down")


@contextmanager
def started(number, *command):
    """Start a host, skip the test if the kernel does not allow it."""
    holding = ["sh", "-c", "echo ready; exec sleep infinity"]
    process = subprocess.Popen(
        [*command, *holding], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        if process.stdout.readline() != "ready\n":
            pytest.skip(f"no network of its own can be made here: {process.stderr.read().strip()}")
        yield Host(process, number)
    finally:
        process.kill()
        process.communicate()


@contextmanager
def network(n_hosts):
    """Make a head and other hosts, all with addresses; the head is the first."""
    missing = [command for command in COMMANDS if shutil.which(command) is None]
    if missing:
        pytest.skip(f"no network of its own can be made here without {', '.join(missing)}")
    with ExitStack() as opened:
        alone = ("unshare", "--user", "--map-root-user", "--net")
        head = opened.enter_context(started(0, *alone))
        head.run("ip", "link", "set", "lo", "up")
        hosts = [head]
        for number in range(1, n_hosts + 1):
            host = opened.enter_context(started(number, *head.entry, "unshare", "--net"))
            peer = ("peer", "name", CABLE, "netns", str(host.process.pid))
            head.run("ip", "link", "add", f"{CABLE}{number}", "type", "veth", *peer)
            for end, name, address in (
                (head, f"{CABLE}{number}", host.head),
                (host, CABLE, host.address),
            ):
                end.run("ip", "address", "add", f"{address}/24", "dev", name)
                end.run("ip", "link", "set", name, "up")
            hosts.append(host)
        yield hosts
