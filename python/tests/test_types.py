"""The stubs are those of the registry, and type checkers read them."""

import subprocess
import sys
from pathlib import Path

import pytest

import rotifer as rf
from rotifer import _functions, _stubs

PACKAGE = Path(rf.__file__).parent


def test_stubs_are_those_of_the_registry():
    assert (PACKAGE / "__init__.pyi").read_text() == _stubs.text(), "python -m rotifer._stubs > rotifer/__init__.pyi"


def program():
    """Calls of every operation, as function, by family and in a pipeline."""
    lines = ["import numpy as np", "import rotifer as rf", "a = np.ones((4, 4), np.float32)", "p = rf.Pipeline()"]
    for family, ops in _functions.families().items():
        for op in ops:
            declared = _functions.spec(op)
            ports = []
            for port in declared["inputs"]:
                if not port["optional"]:
                    ports.append({"number": "1.0", "table": "{}"}.get(port["kind"], "a"))
            needed = {
                a["name"]: next((v for e in declared["examples"] if (v := _value(e["toml"], a["name"]))), "1")
                for a in declared["arguments"]
                if a["required"]
            }
            options = [f"{k}={v}" for k, v in needed.items()]
            lines.append(f"rf.{op}({', '.join(ports + options)})")
            lines.append(f"rf.{family}.{op}({', '.join(ports + options)})")
            lines.append(f"p = p.{op}({', '.join([*options, 'as_=' + repr(op)])})")
    return "\n".join(lines) + "\n"


def _value(toml, name):
    import tomllib

    found = tomllib.loads(toml)
    return repr(found[name]) if name in found else None


@pytest.mark.parametrize("checker", [["mypy", "--strict"], ["pyright", "--pythonpath", sys.executable]])
def test_checkers(checker, tmp_path):
    pytest.importorskip(checker[0])
    (tmp_path / "use.py").write_text(program())
    done = subprocess.run([sys.executable, "-m", *checker, "use.py"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (tmp_path / "use.py").write_text("import rotifer as rf\nrf.gaussian_filter([[1.0]], sigma=[1], nonsense=3)\n")
    done = subprocess.run([sys.executable, "-m", *checker, "use.py"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode != 0 and "nonsense" in done.stdout


#: Differences that are meant: methods come from the registry by way of a metaclass, which the stubs spell out instead; the
#: extension is for the package alone.
ALLOWED = [r"rotifer\.Pipeline", r"rotifer\._pipeline\.Pipeline\..*", r"rotifer\._core\..*"]


def test_stubs_and_package_agree(tmp_path):
    """Every name, argument and default of the stubs is that of the package, and the other way round."""
    pytest.importorskip("mypy")
    allowed = tmp_path / "allowed"
    allowed.write_text("\n".join(ALLOWED))
    (tmp_path / "mypy.ini").write_text("[mypy]\nignore_missing_imports = true\n")
    options = ["--allowlist", allowed, "--mypy-config-file", "mypy.ini"]
    words = [sys.executable, "-m", "mypy.stubtest", "rotifer", "--concise", *options]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
