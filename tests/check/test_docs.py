"""What the documents say is what the sources say."""
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import errors  # noqa: E402

ROOT = errors.ROOT


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
