"""How this interpreter is started as a worker: it imports the extension, and nothing else of its environment."""

import sys
from pathlib import Path

_CODE = "import sys; sys.path.insert(0, sys.argv[1]); import rotifer._core as core; core.worker()"

#: The program and its arguments.
PROGRAM = (sys.executable, ["-I", "-S", "-c", _CODE, str(Path(__file__).resolve().parent.parent)])
