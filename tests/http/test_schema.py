"""What holds for every table in every database."""

import pytest

OURS = "table_schema = DATABASE()"


@pytest.mark.parametrize("which", ["global", 0, 1, "sandbox"])
def test_every_column_says_what_it_is(souk, which):
    rows = souk.db(which).rows(f"SELECT table_name AS t, column_name AS c FROM information_schema.columns WHERE {OURS} AND column_comment = ''")
    assert [f"{row['t']}.{row['c']}" for row in rows] == []


@pytest.mark.parametrize("which", ["global", 0, 1, "sandbox"])
def test_every_table_is_innodb_and_utf8mb4_with_a_primary_key(souk, which):
    rows = souk.db(which).rows(
        f"SELECT t.table_name AS t, t.engine AS e, t.table_collation AS c, k.constraint_name AS k FROM information_schema.tables t"
        f" LEFT JOIN information_schema.table_constraints k ON k.table_schema = t.table_schema AND k.table_name = t.table_name"
        f"  AND k.constraint_type = 'PRIMARY KEY' WHERE t.{OURS} AND t.table_type = 'BASE TABLE'")
    assert rows
    for row in rows:
        assert row["e"] == "InnoDB" and row["c"].startswith("utf8mb4") and row["k"] == "PRIMARY", row


@pytest.mark.parametrize("which", ["global", 0, 1, "sandbox"])
def test_every_routine_runs_as_the_locked_definer(souk, which):
    rows = souk.db(which).rows("SELECT routine_name AS r, definer AS d, security_type AS s FROM information_schema.routines"
                               " WHERE routine_schema = DATABASE()")
    assert rows and all(row["d"] == "souk_definer@localhost" and row["s"] == "DEFINER" for row in rows)


def test_shards_are_alike(souk):
    shapes = [souk.db(n).rows(f"SELECT table_name AS t, column_name AS c, column_type AS y FROM information_schema.columns WHERE {OURS}"
                              " ORDER BY 1, 2") for n in range(souk.shards)]
    assert shapes[0] and all(shape == shapes[0] for shape in shapes)
