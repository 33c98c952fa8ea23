"""The command ``rotifer``: the same program as the one without Python, and ``rotifer stubs``, the types of this package."""

import signal
import sys


def main():
    if sys.argv[1:] == ["stubs"]:
        from ._stubs import text

        sys.stdout.write(text())
        return

    from . import _core
    from ._workers import PROGRAM

    _core.workers_are(*PROGRAM)

    # The program handles its own signals, as it does without Python.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(_core.command(["rotifer", *sys.argv[1:]]))
