"""Fixtures of all tests that talk to a running souk.

tests/run starts one souk for a whole run and names its state in SOUK_TEST_STATE; without that a souk of our own is
started here, and ended.
"""

import os
import pathlib
import shutil
import sys
import tempfile

import pytest

TESTS = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(TESTS), str(TESTS / "http")]

from client import ROOT, Souk, make  # noqa: E402
from ports import free_ports  # noqa: E402
from providers.prepare import prepare  # noqa: E402


@pytest.fixture(scope="session")
def souk():
    state = os.environ.get("SOUK_TEST_STATE")
    if state:
        yield Souk(state)
        return
    state = tempfile.mkdtemp(prefix="souk-test-")
    http, https = free_ports(2)
    build = {"BUILD": os.environ["BUILD"]} if "BUILD" in os.environ else {}
    try:
        prepare(state)
        make("run", STATE=state, HTTP_PORT=http, HTTPS_PORT=https, LIMITS="off", **build)
        yield Souk(state)
    finally:
        make("stop", check=False, STATE=state)
        shutil.rmtree(state, ignore_errors=True)


@pytest.fixture
def buyer(souk):
    return souk.new_buyer()


@pytest.fixture
def guest(souk):
    return souk.new_guest()


@pytest.fixture(scope="session")
def data():
    """Folder of real catalogues for import tests; tests that need it are skipped where it is absent."""
    folder = pathlib.Path(os.environ.get("SOUK_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no catalogue files in {folder} (SOUK_TEST_DATA names another folder)")
    return folder
