"""The clock of a running souk goes back: no id is made twice, and ids go on being made."""

import json
import os
import pathlib
import subprocess
import time

import pytest

from client import wait_for

LIBRARY = next(iter(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)

COUNT = 200000

pytestmark = pytest.mark.skipif(LIBRARY is None, reason="the package faketime is not installed")


def prove(souk, clock, count):
    """`souk admin ids prove` by a clock that the file `clock` moves."""
    environment = {**os.environ, "LD_PRELOAD": str(LIBRARY), "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1",
                   "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"}
    return subprocess.Popen([str(souk.binary), "admin", "--config", str(souk.state / "souk.conf"), "ids", "prove",
                             f"--ids={count}", "--processes=2", "--json"], env=environment, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.parametrize("back", ["-0.003", "-0.008", "-10"])
def test_the_clock_of_running_processes_goes_back(souk, tmp_path, back):
    clock = tmp_path / "clock"
    clock.write_text("+0\n")
    process = prove(souk, clock, COUNT)
    time.sleep(0.3)
    assert process.poll() is None, process.communicate()
    clock.write_text(f"{back}\n")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert json.loads(out)["duplicates"] == 0 and json.loads(out)["ids"] == COUNT
    # Milliseconds are waited for; for seconds there are ids of the database.
    assert ("behind" in err) == (back != "-0.003"), err


def test_a_restart_after_the_clock_went_back(souk, tmp_path):
    """What starts in the past makes no id before the end of its predecessor's time."""
    clock = tmp_path / "clock"
    before = int(souk.admin.get("/v1/ids").json()["ids"][0])
    clock.write_text("-10\n")
    process = prove(souk, clock, 2000)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert json.loads(out)["duplicates"] == 0
    wait_for(lambda: int(souk.admin.get("/v1/ids").json()["ids"][0]) != before, 5)
