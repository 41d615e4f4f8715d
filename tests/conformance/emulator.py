"""A `cenform emulator` process, and the way that leads the SDKs to it without changing them."""

import json
import socket
import subprocess
import time
import urllib.request

KEY = ("emulator", "emulator")
ACCOUNT = "1000000000000001"


class Emulator:
    """A running emulator of the binary. Names of the cloud lead to it until it is stopped."""

    def __init__(self, binary, *arguments):
        settle = () if "--settle" in arguments else ("--settle", "20ms")
        command = [binary, "emulator", "--listen", "127.0.0.1:0", "--quiet", *settle, *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert line.startswith("listening on http://"), f"it said {line!r}"
        self.url = line.removeprefix("listening on ").strip()
        RESOLVER.target = ("127.0.0.1", int(self.url.rsplit(":", 1)[1]))

    def stop(self):
        """Ends the process, which must end well."""
        RESOLVER.target = None
        self.process.terminate()
        try:
            assert self.process.wait(timeout=10) == 0
        finally:
            self.process.kill()
            self.process.stdout.close()

    def ask(self, name):
        """What it says of itself: `world` or `calls`."""
        with urllib.request.urlopen(f"{self.url}/_emulator/{name}") as answer:
            return json.load(answer)

    def set_faults(self, *faults):
        """Takes faults in place of those that there were."""
        body = json.dumps(faults).encode()
        with urllib.request.urlopen(f"{self.url}/_emulator/faults", data=body) as answer:
            assert answer.status == 200


class Resolver:
    """Stands for the system's name resolution: each name of the cloud is the emulator, and no other is known."""

    def __init__(self):
        self.target = None
        self.system = socket.getaddrinfo

    def __call__(self, host, port, *arguments, **options):
        name = host.decode() if isinstance(host, bytes) else host
        if name in ("127.0.0.1", "localhost"):
            return self.system(name, port, *arguments, **options)
        if name.endswith(".aliyuncs.com") and self.target:
            return self.system(*self.target, *arguments, **options)
        raise socket.gaierror(f"{name} is not on this machine, and tests talk to this machine only")


RESOLVER = Resolver()
socket.getaddrinfo = RESOLVER


def wait_for(look, seconds=5):
    """What `look` gives once that is something. Objects settle in a moment, but not at once."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.01)
    return found
