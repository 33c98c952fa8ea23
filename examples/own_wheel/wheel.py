"""Builds the wheel into a folder: python examples/own_wheel/wheel.py FOLDER

maturin takes Python files from a project's own folder alone, so the project is put together: this pyproject.toml, the files of
the package, and the path of this crate.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def build(folder):
    with tempfile.TemporaryDirectory() as project:
        text = (HERE / "pyproject.toml").read_text()
        manifest = (HERE / "Cargo.toml").as_posix()
        text = text.replace("[tool.maturin]\n", f'[tool.maturin]\nmanifest-path = "{manifest}"\n')
        (Path(project) / "pyproject.toml").write_text(text)
        package = HERE.parents[1] / "python" / "rotifer"
        shutil.copytree(package, Path(project) / "python" / "rotifer", ignore=shutil.ignore_patterns("__pycache__", "*.so"))
        pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
        subprocess.run([*pip, "wheel", "--no-deps", "-w", folder, project], check=True)


if __name__ == "__main__":
    build(sys.argv[1])
