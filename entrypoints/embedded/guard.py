"""Runs one server and ends it when whoever asked for it is gone; started as `python -I -S guard.py COMMAND...`.

Standard input is a pipe of which only the supervisor holds the other end. However the supervisor ends, even
by SIGKILL, the pipe then reads as ended, and the server gets the SIGINT that PostgreSQL and Temporal answer
with a clean stop. So there is one way to stop, and it works on Linux and macOS alike.
"""

import os
import signal
import subprocess
import sys
import threading

PATIENCE_S = 25  # less than a next start waits (home.DRAIN_S)


def main(command: list[str]) -> int:
    """Run the command and return its exit code as a shell would (128 + n when signal n ended it)."""
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, close_fds=False)  # the lock goes with it

    def stop(*_: object) -> None:
        server.send_signal(signal.SIGINT)

    def stop_with_supervisor() -> None:
        while os.read(0, 1):
            pass
        stop()
        try:
            server.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            server.kill()

    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    threading.Thread(target=stop_with_supervisor, daemon=True).start()
    code = server.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
