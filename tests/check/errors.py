#!/usr/bin/python3
"""Prints docs/errors.md from the error table in fcgi/base/error.h: tests/check/errors.py > docs/errors.md"""
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAD = """# Errors

Every error souk answers with, printed from the one table in `fcgi/base/error.h` by `tests/check/errors.py`. Programs should
look at `code`, which is stable; `status` is the HTTP status; `number` is the MYSQL_ERRNO under which a routine signals it. The answer's
`title` is the text below, and `detail` or `errors` say more. nginx answers some of them itself, with another status where HTTP has one that fits
better: `unavailable` with 502 when the process that had the request ended or none is there, `request.too_large` with 414 for the address.

| code | status | number | means |
|---|---|---|---|
"""


def rows():
    table = (ROOT / "fcgi/base/error.h").read_text()
    return re.findall(r'X\(\s*\w+,\s*(\d+),\s*(\d+),\s*"([^"]+)",\s*"([^"]+)"\)', table)


def page():
    return HEAD + "".join(f"| `{code}` | {status} | {number} | {title} |\n" for number, status, code, title in rows())


if __name__ == "__main__":
    print(page(), end="")
