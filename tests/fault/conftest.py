"""A souk of four shards for the tests of this folder that need more than the two of everybody's."""

import os
import shutil
import tempfile

import pytest

from client import Souk, make
from ports import free_ports


@pytest.fixture(scope="session")
def four_shards():
    folder = tempfile.mkdtemp(prefix="four-", dir=os.environ.get("SOUK_TEST_FOLDER"))
    http, https = free_ports(2)
    build = {"BUILD": os.environ["BUILD"]} if "BUILD" in os.environ else {}
    try:
        make("run", STATE=folder, HTTP_PORT=http, HTTPS_PORT=https, LIMITS="off", SHARDS=4, **build)
        yield Souk(folder)
    finally:
        make("stop", check=False, STATE=folder)
        shutil.rmtree(folder, ignore_errors=True)
