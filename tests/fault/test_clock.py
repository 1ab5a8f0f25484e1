"""The clock of a running souk goes back: no id is made twice, and ids go on being made."""

import json
import os
import pathlib
import subprocess
import time

import pytest

from client import wait_for

LIBRARY = next(iter(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)

COUNT = 60000

pytestmark = pytest.mark.skipif(LIBRARY is None, reason="the package faketime is not installed")


def move(clock, seconds):
    """In one step: a process never sees an empty file."""
    new = clock.with_suffix(".new")
    new.write_text(f"{seconds:+.3f}\n")
    new.replace(clock)


def prove(souk, clock, count):
    """`souk admin ids prove` by a clock that the file `clock` moves; what it says on stderr is in the file `clock`.err."""
    environment = {**os.environ, "LD_PRELOAD": str(LIBRARY), "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1",
                   "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"}
    with open(clock.with_suffix(".err"), "w") as err:
        return subprocess.Popen([str(souk.binary), "admin", "--config", str(souk.state / "souk.conf"), "ids", "prove",
                                 f"--ids={count}", "--processes=2", "--json"], env=environment, text=True,
                                stdout=subprocess.PIPE, stderr=err)


def proof_of(process, clock):
    """(the report, what was said on stderr)"""
    out, _ = process.communicate(timeout=60)
    err = clock.with_suffix(".err").read_text()
    assert process.returncode == 0, err
    return json.loads(out), err


def said(clock, what):
    return clock.with_suffix(".err").read_text().count(what)


def started(souk, clock):
    """A proof under way: both of its processes have their lease."""
    move(clock, 0)
    process = prove(souk, clock, COUNT)
    wait_for(lambda: said(clock, "leased") >= 2, 15)
    return process


def test_the_clock_of_running_processes_goes_back_by_little(souk, tmp_path):
    """It is waited for, and nobody is told."""
    clock = tmp_path / "clock"
    process = started(souk, clock)
    time.sleep(0.1)
    assert process.poll() is None
    move(clock, -0.003)
    report, err = proof_of(process, clock)
    assert report["duplicates"] == 0 and report["ids"] == COUNT
    assert "behind" not in err


@pytest.mark.parametrize("back_s, pause_s", [(0.008, 0.04), (10, 0.5)])
def test_the_clock_of_running_processes_goes_back(souk, tmp_path, back_s, pause_s):
    """8 ms are waited for with an alarm; for seconds there are ids of the database. Step after step until one was seen: a
    process that was held up sees it shorter by the time since it last read the clock, perhaps not at all."""
    clock, steps = tmp_path / "clock", 0
    process = started(souk, clock)
    while process.poll() is None and not said(clock, "behind"):
        steps += 1
        move(clock, -back_s * steps)
        time.sleep(pause_s)
    report, err = proof_of(process, clock)
    print(f"{steps} steps back of {back_s} s, {report['seconds']} s")
    assert report["duplicates"] == 0 and report["ids"] == COUNT
    assert "behind" in err


def test_a_restart_after_the_clock_went_back(souk, tmp_path):
    """What starts in the past makes no id before the end of its predecessor's time."""
    clock = tmp_path / "clock"
    before = int(souk.admin.get("/v1/ids").json()["ids"][0])
    move(clock, -10)
    report, _ = proof_of(prove(souk, clock, 2000), clock)
    assert report["duplicates"] == 0
    wait_for(lambda: int(souk.admin.get("/v1/ids").json()["ids"][0]) != before, 5)
