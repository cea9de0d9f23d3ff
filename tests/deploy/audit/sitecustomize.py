"""Note what a Python process unpickles, starts and connects to, in the file that AUDIT names."""

import os
import sys

_EVENTS = ("pickle.find_class", "socket.connect", "subprocess.Popen", "os.system")
_FILE = os.open(os.environ["AUDIT"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)


def note(event: str, arguments: tuple[object, ...]) -> None:
    if event in _EVENTS:
        os.write(_FILE, f"{event} {arguments}\n".encode())


sys.addaudithook(note)
