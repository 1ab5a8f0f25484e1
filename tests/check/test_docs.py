"""What the documents say is what the sources say."""
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from client import make

sys.path.insert(0, str(Path(__file__).parent))
import errors  # noqa: E402

ROOT = errors.ROOT
BUILD = os.environ.get("BUILD", "build")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# Rows that stand in no table of docs/api.md, each with where it is told of.
TOLD_ELSEWHERE = {
    ("POST", "/v1/idempotency-tokens"): "with the keys it makes, under Conventions",
    ("GET", "/livez"): "for machines, at the end",
    ("GET", "/readyz"): "for machines, at the end",
}


def test_every_error_is_documented():
    table = (ROOT / "fcgi/base/error.h").read_text()
    assert len(errors.rows()) == len(re.findall(r"^\s+X\(SOUK_", table, re.M))
    assert (ROOT / "docs/errors.md").read_text() == errors.page(), "run tests/check/errors.py > docs/errors.md"


def test_links_between_documents_lead_somewhere():
    broken = []
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            if not (page.parent / target).exists():
                broken.append(f"{page.name}: {target}")
    assert not broken


def test_readme_leads_to_every_document():
    table = re.findall(r"^\| (\[.*?) \|", (ROOT / "README.md").read_text(), re.M)
    listed = set(re.findall(r"\]\((docs/[^)#]+)\)", " ".join(table)))
    assert {str(page.relative_to(ROOT)) for page in (ROOT / "docs").glob("*.md")} - listed == set()


def rows_of_openapi():
    """(method, path) of every row that serves requests."""
    make("all", BUILD=BUILD)
    done = subprocess.run([ROOT / BUILD / "souk", "admin", "openapi"], capture_output=True, text=True, check=True)
    return {(method.upper(), path) for path, methods in json.loads(done.stdout)["paths"].items() for method in methods}


def spelled_out(method, path, before, rows):
    """`…/x` in full: it goes on from the path before it, or from the nearest one above that for which there is a row."""
    if not path.startswith("…"):
        return path
    while before:
        if (method, before + path[1:]) in rows:
            return before + path[1:]
        before = before.rpartition("/")[0]
    return path


def rows_of_tables(text, rows):
    """(method, path) of what stands in the first columns of a document's tables: `GET /a?b=`, `GET`, `PATCH /a`, `GET …/b`, `…/c`."""
    found, before, methods = set(), "", []
    for cell in re.findall(r"^\| (`.*?)(?<!\\) \|", text, re.M):
        pending = []
        for span in re.findall(r"`([^`]+)`", cell):
            method, _, path = span.rpartition(" ")
            if span in METHODS:
                pending.append(span)
            elif path.startswith(("/", "…/")) and method in (*METHODS, ""):
                methods = [*pending, method] if method else methods
                full = [(one, spelled_out(one, path.partition("?")[0], before, rows)) for one in methods]
                found.update(full)
                before, pending = full[-1][1], []
    return found


def test_every_row_of_the_api_is_documented_and_no_other():
    rows, text = rows_of_openapi(), (ROOT / "docs/api.md").read_text()
    told = rows_of_tables(text, rows)
    assert sorted(told - rows) == [], "there is no such row"
    assert sorted(rows - told - set(TOLD_ELSEWHERE)) == [], "docs/api.md says nothing of it"
    assert all(path in text and (method, path) not in told for method, path in TOLD_ELSEWHERE)
