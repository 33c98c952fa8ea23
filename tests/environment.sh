# What tests need of the machine. tests/run, python/tests/run and python/napari/tests/run read this.

say() { printf '%s: %s\n' "$0" "$*"; }

# Installs packages where it may; else says what to do.
install() {
    local sudo=()
    if [ "$(id -u)" != 0 ]; then
        if ! sudo -n true 2>/dev/null; then
            say "not root: please install $*"
            return 1
        fi
        sudo=(sudo -n)
    fi
    if ! command -v apt-get >/dev/null; then
        say "no apt-get here: please install $*"
        return 1
    fi
    say "installing $*"
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qqy --no-install-recommends "$@" >/dev/null 2>&1 || {
        "${sudo[@]}" apt-get update -qq
        "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qqy --no-install-recommends "$@" >/dev/null
    }
}

# A Python that the pinned packages run on.
base_python() {
    local name
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    return 1
}

# A virtual environment with the packages of a file, made anew where the file has changed: environment FOLDER FILE.
environment() {
    local venv=$1 requirements=$2 python
    cmp -s "$requirements" "$venv/requirements.txt" && return
    say "installing $requirements in $venv"
    base_python >/dev/null || install python3 python3-venv || true
    python=$(base_python) || { say "Python 3.11 or later is needed"; return 1; }
    rm -rf "$venv"
    "$python" -m venv "$venv" >/dev/null 2>&1 || { install python3-venv && "$python" -m venv --clear "$venv"; }
    "$venv/bin/python" -m pip install -q --disable-pip-version-check -r "$requirements"
    cp "$requirements" "$venv/requirements.txt"
}

# The wheel of the package, built as users build it: wheel PYTHON. Anew where a file of it has changed; $wheel is its path.
wheel() {
    local folder=target/wheels
    mkdir -p "$folder"
    wheel=$(find "$folder" -name 'rotifer-*.whl' | head -n 1)
    if [ -z "$wheel" ] || [ -n "$(find Cargo.toml Cargo.lock kernels registry runtime shaders python/Cargo.toml \
        python/pyproject.toml python/README.md python/module python/rotifer python/src docs -newer "$wheel" -type f \
        ! -name '*.pyc' -print -quit)" ]; then
        say "building the wheel"
        rm -rf "$folder"
        "$1" -m pip wheel -q --disable-pip-version-check --no-deps -w "$folder" \
            --config-settings build-args="--compression-level 9" ./python
        wheel=$(find "$folder" -name 'rotifer-*.whl')
    fi
}
