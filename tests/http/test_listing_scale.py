"""100,000 products: how every filter with every sort is answered. In a schema of its own, with the indexes and routines of a
real one: EXPLAIN of what the list walks, and the rows that each call really reads."""

import re
import subprocess
import time

import pytest
from client import ROOT

SCHEMA = "souk_listing_test"
PLACES_MAX = 1000  # that a page looks at, see listing_walk
SESSION = """SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; SET SESSION group_concat_max_len = 4194304, sql_mode =
    'STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';"""


def schema_sql():
    yield f"DROP DATABASE IF EXISTS {SCHEMA}; CREATE DATABASE {SCHEMA} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci; USE {SCHEMA};"
    plan = (ROOT / "migrations/global/sqitch.plan").read_text()
    for change in re.findall(r"^([a-z]\w*) ", plan, flags=re.M):
        yield (ROOT / f"migrations/global/deploy/{change}.sql").read_text()
    yield f"GRANT SELECT, INSERT, EXECUTE ON {SCHEMA}.* TO 'souk_definer'@'localhost';"
    files = sorted(path for folder in ("global", "common") for path in (ROOT / "sql" / folder).glob("*/*.sql"))
    files.sort(key=lambda path: " PROCEDURE " in path.read_text())
    yield "DELIMITER ;;"
    for path in files:
        yield path.read_text() + "\n;;"
    yield "DELIMITER ;\nSET @skus = 0;\n" + (ROOT / "tests/bench/catalogue.sql").read_text()


@pytest.fixture(scope="module")
def client(souk):
    command = [*souk.db("global").command[:-1], "--batch", "--raw"]

    def run(sql, schema=SCHEMA):
        done = subprocess.run([*command, schema], input=SESSION + sql, capture_output=True, text=True, timeout=250)
        assert done.returncode == 0, done.stderr
        return done.stdout

    began = time.monotonic()
    run("\n".join(schema_sql()), "mysql")
    print(f"seeded in {time.monotonic() - began:.1f} s")
    yield run
    run(f"DROP DATABASE {SCHEMA};", "mysql")


def literal(value):
    return "NULL" if value is None else str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


def call_of(category=None, vendor=None, attr=None, price_min=None, price_max=None, sort="newest", cursor=None):
    return f"CALL product_list({', '.join(map(literal, (category, vendor, attr, price_min, price_max, sort, cursor, 20)))})"


BASE = 300000000000000000
FILTERS = {
    "everything": {},
    "aisle": {"category": BASE + 3},
    "shelf": {"category": BASE + 142},
    "no such category": {"category": 5},
    "vendor": {"vendor": "Vendor 17"},
    "one value": {"attr": '["Size:M"]'},
    "two values": {"attr": '["Size:M", "Size:L"]'},
    "two options": {"attr": '["Size:M", "Colour:Colour 7"]'},
    "price": {"price_min": 5000, "price_max": 9000},
    "narrow price": {"price_min": 5000, "price_max": 5010},
    "all at once": {"category": BASE + 3, "vendor": "Vendor 17", "attr": '["Size:S", "Size:M", "Colour:Colour 7"]',
                    "price_min": 100, "price_max": 90000},
    "nothing passes": {"vendor": "Vendor 17", "attr": '["Colour:Colour 8"]', "price_min": 1, "price_max": 2},
}
SORTS = {"newest": ("PRIMARY",), "price_asc": ("product_listing_price",), "price_desc": ("product_listing_price",),
         "title": ("product_listing_title",)}


def reads(client, call):
    """Rows read by one call, after another one has prepared it."""
    status = "SELECT CONCAT('reads ', SUM(VARIABLE_VALUE)) FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME LIKE 'Handler_read%';"
    if "MariaDB" not in client("SELECT VERSION();"):
        status = status.replace("information_schema.SESSION_STATUS", "performance_schema.session_status")
    out = client(f"{call}; {status} {call}; {status}")
    first, second = (int(float(n)) for n in re.findall(r"^reads (\S+)", out, flags=re.M))
    return second - first


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("filters", FILTERS)
def test_rows_read(client, filters, sort):
    query = FILTERS[filters]
    by_price = sort.startswith("price")
    filtered = len(query) > 1 + ("price_min" in query) or (not by_price and "price_min" in query) or filters == "two values" \
        or filters == "two options"
    # a plain page reads itself; a filtered one its places, and for each the row of its price and of each other list
    bound = PLACES_MAX * 16 if filtered else 600
    got = reads(client, call_of(**query, sort=sort))
    assert got < bound, got


@pytest.mark.parametrize("sort", SORTS)
def test_a_far_page_reads_no_more(client, sort):
    key = {"newest": "", "title": "Grove lamp 5", "price_asc": "50000", "price_desc": "50000"}[sort]
    assert reads(client, call_of(sort=sort, cursor=f"{sort} {BASE + 1000 + 51200} {key}")) < 600


@pytest.mark.parametrize("filters", ["everything", "aisle", "price", "all at once"])
def test_facets_read(client, filters):
    query = FILTERS[filters]
    values = ", ".join(literal(query.get(name)) for name in ("category", "vendor", "attr", "price_min", "price_max"))
    assert reads(client, f"CALL product_facets({values})") < 60000


def walk_statement():
    text = (ROOT / "sql/global/listing/listing_walk.sql").read_text()
    text = text[text.index("    SELECT CONCAT('[', COALESCE(GROUP_CONCAT(w.product_id"):]
    return re.sub(r"INTO out_ids, v_walked", "", text[:text.index(";")])


@pytest.mark.parametrize("list_id", [0, BASE + 3, BASE + 142, -1], ids=["everything", "aisle", "shelf", "vendor"])
@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("page", ["first", "later"])
def test_plan(client, sort, list_id, page):
    """The walk is a range of the index that is in the sort's order: no scan of a table, no sorting but of what it gave."""
    last = page == "later"
    values = {"in_sort": sort, "in_walk": list_id, "v_places": 21, "v_low": 0, "v_high": 9223372036854775807,
              "v_from": 5000 if last else 0, "v_to": 5000 if last else 9223372036854775807,
              "v_id": BASE + 51200 if last else (9223372036854775807 if sort in ("newest", "price_desc") else -1),
              "v_title": "Grove" if last else ""}
    sql = walk_statement()
    for name, value in values.items():
        sql = re.sub(rf"\b{name}\b", literal(value), sql)
    rows = [dict(zip(lines[0].split("\t"), line.split("\t"))) for lines in [client(f"EXPLAIN /*!80000 FORMAT = TRADITIONAL */ {sql};").splitlines()] for line in lines[1:]]
    real = [row for row in rows if row["table"] == "product_listing"]
    assert len(real) == 1, rows  # the other branches are impossible
    assert real[0]["key"] in SORTS[sort] and real[0]["type"] in ("range", "ref"), real
    assert "filesort" not in real[0]["Extra"] and "temporary" not in real[0]["Extra"], real
    assert all(row["table"].startswith("<") or row["table"] in ("product_listing", "NULL") for row in rows), rows
