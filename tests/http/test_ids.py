"""Ids over HTTP and the proof that none is made twice."""

import datetime
import json
import time

import pytest


def ids_of(person, count):
    answer = person.get(f"/v1/ids?count={count}")
    assert answer.status_code == 200, answer.text
    return answer.json()["ids"]


def test_as_many_as_were_asked_for_and_none_twice(souk):
    seen = []
    for count in (1, 2, 1000, 1000, 1000):
        ids = ids_of(souk.admin, count)
        assert len(ids) == count
        seen += ids
    assert len(seen) == len(set(seen)) and all(0 < int(id) < 2**63 for id in seen)
    assert len(souk.admin.get("/v1/ids").json()["ids"]) == 1


def test_an_id_is_taken_apart(souk):
    """Its fields by the format's own arithmetic: 41 bits of ms since 2024-06-01, 5, 5, 4, 8."""
    before = time.time()
    id = int(ids_of(souk.admin, 1)[0])
    told = json.loads(souk.admin_command("ids", "decode", str(id), "--json").stdout)
    assert [told[name] for name in ("datacentre", "node", "sequence", "slot")] == [id >> 17 & 31, id >> 12 & 31, id >> 8 & 15, id & 255]
    at = datetime.datetime.fromisoformat(told["at"].replace("Z", "+00:00")).timestamp()
    assert round(at * 1000) == 1717200000000 + (id >> 22) and before - 5 < at < time.time() + 5
    assert souk.admin_command("ids", "decode", "12x", check=False).returncode == 1


def test_how_fast_a_process_makes_them(souk):
    lines = souk.admin_command("ids", "bench", "--json").stdout.splitlines()
    assert [json.loads(line)["threads"] for line in lines] == [1, 2, 4]
    assert all(0 < json.loads(line)["ids_per_s"] <= 4096000 * 1.01 for line in lines)


@pytest.mark.parametrize("role", ["merchant", "ops"])
def test_staff_may(souk, role):
    assert len(ids_of(souk.new_staff(role), 3)) == 3


def test_nobody_else_may(souk, buyer):
    assert souk.get("/v1/ids").status_code == 401
    assert buyer.get("/v1/ids").status_code == 403
    assert souk.new_staff("support").get("/v1/ids").status_code == 403


@pytest.mark.parametrize("count", ["0", "1001", "-1", "x", "1.5"])
def test_wrong_counts_are_refused(souk, count):
    answer = souk.admin.get(f"/v1/ids?count={count}")
    assert answer.status_code == 400 and answer.json()["errors"][0]["field"] == "count"


def test_a_million_ids_of_three_processes_are_all_different(souk):
    done = souk.admin_command("ids", "prove", "--ids=1000000", "--processes=3", "--json")
    report = json.loads(done.stdout)
    assert (report["ids"], report["processes"], report["duplicates"]) == (1000000, 3, 0)


def test_wrong_words_are_refused(souk):
    for words in (["prove"], ["prove", "--ids=0"], ["prove", "--ids=10", "--processes=99"]):
        assert souk.admin_command("ids", *words, check=False).returncode == 2
