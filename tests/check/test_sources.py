"""Bounds that keep the sources readable (docs/style.md), and scripts without known traps."""

import re
import shutil
import subprocess

import pytest

from client import ROOT

TRACKED = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True).stdout.split("\n")
SOURCES = [ROOT / name for name in TRACKED if re.search(r"\.(c|h|sql|sh|py|js|css|html)$", name) and (ROOT / name).is_file()]
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 600


def test_files_are_short():
    long = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in SOURCES}
    assert {name: lines for name, lines in long.items() if lines > FILE_LINES_MAX} == {}


def test_functions_are_short():
    long = []
    for path in (path for path in SOURCES if path.suffix == ".c"):
        start = 0
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if line.startswith("{"):
                start = number
            elif line.startswith("}"):
                if start and number - start > FUNCTION_LINES_MAX:
                    long.append(f"{path.relative_to(ROOT)}:{start}")
                start = 0
    assert long == []


def test_nothing_is_left_for_later():
    found = [str(path.relative_to(ROOT)) for path in SOURCES
             if path.name != "test_sources.py" and re.search(r"\b(TODO|FIXME|HACK)\b", path.read_text())]
    assert found == []


def test_modules_depend_one_way():
    """domain, worker, admin → http → guard, store → observe → base; one domain never includes another's header."""
    above = {"base": ["observe", "store", "guard", "http", "domain", "worker", "admin"],
             "observe": ["store", "guard", "http", "domain", "worker", "admin"],
             "store": ["http", "domain", "worker", "admin"], "guard": ["http", "domain", "worker", "admin"]}
    wrong = []
    for path in (path for path in SOURCES if path.suffix in (".c", ".h") and path.is_relative_to(ROOT / "fcgi")):
        for folder in re.findall(r'^#include "(\w+)/', path.read_text(), flags=re.M):
            if folder in above.get(path.parent.name, []):
                wrong.append(f"{path.relative_to(ROOT)} includes {folder}/")
    assert wrong == []


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="shellcheck is not installed")
def test_shell_scripts():
    scripts = [name for name in TRACKED if name.endswith(".sh")] + ["tests/run"]
    done = subprocess.run(["shellcheck", "-x", "-S", "warning", "-e", "SC2034", *scripts], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
