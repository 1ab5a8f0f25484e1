"""Ids over HTTP and the proof that none is made twice."""

import json

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
