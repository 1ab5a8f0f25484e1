"""souk admin import: whole products, once; what is refused and why; runs cut short; real catalogues counted by csv."""

import csv
import io
import json
import os
import pty
import signal
import subprocess
import sys
import time
import uuid

import pytest
from client import wait_for

COLUMNS = ["Handle", "Title", "Body (HTML)", "Vendor", "Type", "Tags", "Published", "Option1 Name", "Option1 Value",
           "Option2 Name", "Option2 Value", "Variant SKU", "Variant Grams", "Variant Inventory Tracker",
           "Variant Inventory Qty", "Variant Inventory Policy", "Variant Price", "Variant Compare At Price", "Image Src",
           "Image Alt Text"]


def product(handle, sizes=("S",), qty=5, price="10.00", **changes):
    """Rows of a product with one variant for each size; `changes` by column (first row)."""
    rows = []
    for i, size in enumerate(sizes):
        row = dict.fromkeys(COLUMNS, "")
        row |= {"Handle": handle, "Option1 Value": size, "Variant Grams": 100, "Variant Inventory Tracker": "shopify",
                "Variant Inventory Qty": qty, "Variant Inventory Policy": "deny", "Variant Price": price}
        if i == 0:
            row |= {"Title": f"Title of {handle}", "Type": "Import Tests", "Option1 Name": "Size", "Published": "true"}
            row |= changes
        rows.append(row)
    return rows


class Shop:
    """Writes rows into a CSV file and imports it."""

    def __init__(self, souk, folder):
        self.souk = souk
        self.path = folder / "shop.csv"
        self.prefix = uuid.uuid4().hex[:10]

    def handle(self, name):
        return f"{self.prefix}-{name}"

    def write(self, rows, columns=COLUMNS, encoding="utf-8"):
        text = io.StringIO()
        writer = csv.DictWriter(text, columns, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
        self.path.write_bytes(text.getvalue().encode(encoding))

    def run(self, *arguments):
        return self.souk.admin_command("import", *arguments, self.path, check=False)

    def load(self, *arguments, code=0):
        """Imports with --json; the report."""
        done = self.run("--json", *arguments)
        assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout)

    def load_rows(self, rows, *arguments, code=0):
        self.write(rows)
        return self.load(*arguments, code=code)

    def sql(self, select):
        return self.souk.db("global").rows(select.replace("?", f"'{self.prefix}%'"))

    def products(self):
        return {row["handle"]: row for row in self.sql("SELECT * FROM product WHERE handle LIKE ?")}

    def skus(self):
        return self.sql("SELECT s.*, p.handle FROM sku s JOIN product p USING (product_id) WHERE p.handle LIKE ?")

    def expect_complete(self, published=True):
        """All SKUs are on every shard in the version of global, each with its initial units in stock exactly once."""
        skus = {row["sku_id"]: row for row in self.skus()}
        ids = ",".join(skus) or "0"
        units = dict.fromkeys(skus, 0)
        for shard in range(self.souk.shards):
            rows = self.souk.db(shard).rows(f"SELECT sku_id, version, price, state FROM sku WHERE sku_id IN ({ids})")
            assert {(r["sku_id"], r["version"], r["price"]) for r in rows} == {
                (id, sku["version"], sku["price"]) for id, sku in skus.items()}
            for row in self.souk.db(shard).rows(f"SELECT sku_id, on_hand FROM stock WHERE sku_id IN ({ids})"):
                units[row["sku_id"]] += int(row["on_hand"])
        assert units == {id: int(sku["initial_units"]) for id, sku in skus.items()}
        for row in self.products().values():
            assert row["pending"] == "0"
            assert not published or row["state"] == "published"


@pytest.fixture
def shop(souk, tmp_path):
    return Shop(souk, tmp_path)


# Real catalogues

def expected_of(path):
    """Handles, variants and units of a file, as Python's csv module and the documented rules have them."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    variants = [row for row in rows if row["Option1 Value"] or row["Variant Price"]]
    return {row["Handle"] for row in rows}, variants, sum(max(0, int(row["Variant Inventory Qty"])) for row in variants)


@pytest.mark.parametrize("name", ["shopify-apparel.csv", "shopify-bicycles.csv", "shopify-jewelry.csv"])
def test_real_catalogue(souk, data, name):
    if not (data / name).is_file():
        pytest.skip(f"no {name} in {data}")
    handles, variants, units = expected_of(data / name)
    first = json.loads(souk.admin_command("import", "--json", data / name, check=False).stdout)
    assert first["refused"] == []
    done = first["products"]
    assert done["created"] + done["updated"] + done["unchanged"] == len(handles)  # whatever was there before
    assert first["variants"] == len(variants)
    assert first["units_received"] in (units, 0)  # 0: an earlier test of this run imported it
    assert sum(n["rule"] == "stock_negative" for n in first["notes"]) == sum(
        int(v["Variant Inventory Qty"]) < 0 for v in variants)
    assert sum(n["rule"] == "oversell" for n in first["notes"]) == sum(
        v["Variant Inventory Policy"] == "continue" for v in variants)
    assert sum(n["rule"] == "untracked" for n in first["notes"]) == sum(
        not v["Variant Inventory Tracker"] for v in variants)
    assert sum(n["rule"] == "price_zero" for n in first["notes"]) == sum(float(v["Variant Price"]) == 0 for v in variants)

    listed = ",".join("'" + handle.replace("'", "''") + "'" for handle in handles)
    found = souk.db("global").rows(
        "SELECT COUNT(DISTINCT p.product_id) AS products, COUNT(s.sku_id) AS skus, SUM(s.initial_units) AS units"
        f" FROM product p JOIN sku s USING (product_id) WHERE p.handle IN ({listed}) AND p.pending = 0")[0]
    assert (int(found["products"]), int(found["skus"]), int(found["units"])) == (len(handles), len(variants), units)
    ids = ",".join(row["sku_id"] for row in souk.db("global").rows(
        f"SELECT sku_id FROM sku s JOIN product p USING (product_id) WHERE p.handle IN ({listed})"))
    on_hand = 0
    for shard in range(souk.shards):
        assert int(souk.db(shard).value(f"SELECT COUNT(*) FROM sku WHERE sku_id IN ({ids})")) == len(variants)
        on_hand += int(souk.db(shard).value(f"SELECT COALESCE(SUM(on_hand), 0) FROM stock WHERE sku_id IN ({ids})"))
    assert on_hand == units

    again = json.loads(souk.admin_command("import", "--json", data / name).stdout)
    assert again["products"] == {"created": 0, "updated": 0, "unchanged": len(handles), "checked": 0, "refused": 0}
    assert again["units_received"] == 0


# Once, and again

def test_again_changes_nothing(shop):
    rows = product(shop.handle("a"), ("S", "M")) + product(shop.handle("b"))
    report = shop.load_rows(rows)
    assert report["products"]["created"] == 2 and report["variants"] == 3 and report["units_received"] == 15
    before = shop.products()
    shop.expect_complete()
    report = shop.load()
    assert report["products"]["unchanged"] == 2 and report["units_received"] == 0
    assert shop.products() == before
    shop.expect_complete()


def test_changes_reach_every_shard(shop):
    handle = shop.handle("a")
    shop.load_rows(product(handle, ("S", "M")))
    report = shop.load_rows(product(handle, ("M", "L"), price="12.34", Title="New title"))
    assert report["products"]["updated"] == 1 and report["units_received"] == 5
    states = {row["title"]: (row["state"], row["price"], row["version"]) for row in shop.skus()}
    assert states == {"S": ("retired", "1000", "2"), "M": ("active", "1234", "2"), "L": ("active", "1234", "2")}
    shop.expect_complete()
    sku = next(row["sku_id"] for row in shop.skus() if row["title"] == "S")
    for shard in range(shop.souk.shards):
        assert shop.souk.db(shard).value(f"SELECT state FROM sku WHERE sku_id = {sku}") == "retired"
    shop.load_rows(product(handle, ("S", "M", "L")))
    assert {row["state"] for row in shop.skus()} == {"active"}
    assert len(shop.skus()) == 3
    shop.expect_complete()


def test_unpublished_is_not_for_sale(shop):
    handle = shop.handle("a")
    shop.load_rows(product(handle))
    shop.load_rows(product(handle, Published="false"))
    assert shop.products()[handle]["state"] == "draft"
    sku = shop.skus()[0]["sku_id"]
    for shard in range(shop.souk.shards):
        assert shop.souk.db(shard).value(f"SELECT state FROM sku WHERE sku_id = {sku}") == "draft"
    assert shop.souk.get(f"/v1/products/{shop.products()[handle]['product_id']}").status_code == 404
    shop.load_rows(product(handle))
    shop.expect_complete()


def test_later_stock_is_not_taken(shop):
    shop.load_rows(product(shop.handle("a"), qty=5))
    report = shop.load_rows(product(shop.handle("a"), qty=9))
    assert report["products"]["unchanged"] == 1 and report["units_received"] == 0
    assert [note["rule"] for note in report["notes"]] == ["stock_kept"]
    shop.expect_complete()


def test_sku_codes_may_repeat_and_options_fold(shop):
    rows = product(shop.handle("a"), ("S", "M"))
    for row in rows:
        row["Variant SKU"] = "SAME"
    assert shop.load_rows(rows)["variants"] == 2
    for row in rows:
        row["Option1 Value"] = row["Option1 Value"].lower()
    report = shop.load_rows(rows)
    assert report["products"]["updated"] == 1 and report["units_received"] == 0
    assert sorted(row["title"] for row in shop.skus()) == ["m", "s"]


@pytest.mark.parametrize("currency,price,minor", [("JPY", "1200", "1200"), ("KWD", "1.234", "1234"), ("EUR", "9.99", "999")])
def test_currency(shop, currency, price, minor):
    report = shop.load_rows(product(shop.handle("a"), price=price), f"--currency={currency}")
    assert report["currency"] == currency
    assert [(row["price"], row["currency"]) for row in shop.skus()] == [(minor, currency)]


def test_free_products(shop):
    rows = product(shop.handle("a"), price="0.00")
    report = shop.load_rows(rows)
    assert [note["rule"] for note in report["notes"]] == ["price_zero", "draft"]
    assert shop.products()[shop.handle("a")]["state"] == "draft"
    shop.load("--allow-free")
    assert shop.products()[shop.handle("a")]["state"] == "published"
    shop.expect_complete()


# Refusals

def test_product_with_a_bad_row_is_refused_whole(shop):
    bad = product(shop.handle("bad"), ("S", "M", "L"), **{"Body (HTML)": "two\nlines"})
    bad[1]["Variant Price"] = "abc"
    report = shop.load_rows(product(shop.handle("a")) + bad + product(shop.handle("c")), code=1)
    assert report["products"]["created"] == 2 and report["products"]["refused"] == 1
    assert [(r["line"], r["handle"], r["rule"]) for r in report["refused"]] == [(5, shop.handle("bad"), "price")]
    assert set(shop.products()) == {shop.handle("a"), shop.handle("c")}
    shop.expect_complete()
    text = shop.run()
    assert text.returncode == 1
    assert f'line 5      {shop.handle("bad")}: Variant Price is "abc"' in text.stdout


def test_separated_handle_is_refused_in_both_places(shop):
    rows = product(shop.handle("a")) + product(shop.handle("b")) + product(shop.handle("a"), ("M",))
    report = shop.load_rows(rows, code=1)
    assert [(r["line"], r["rule"]) for r in report["refused"]] == [(2, "separated"), (4, "separated")]
    assert set(shop.products()) == {shop.handle("b")}


def test_row_without_a_handle(shop):
    rows = product(shop.handle("a")) + product("") + product(shop.handle("b"))
    report = shop.load_rows(rows, code=1)
    assert [(r["line"], r["rule"]) for r in report["refused"]] == [(3, "handle")]
    assert set(shop.products()) == {shop.handle("a"), shop.handle("b")}


@pytest.mark.parametrize("tail,line,rule", [
    ('x,"open and never closed\nmore\n', 4, "csv"),
    ('x,a"b,c\n', 4, "csv"),
    ('x,"a"b,c\n', 4, "csv"),
])
def test_broken_file_changes_nothing(shop, tail, line, rule):
    shop.write(product(shop.handle("a")) + product(shop.handle("b")))
    shop.path.write_text(shop.path.read_text() + tail)
    report = shop.load(code=1)
    assert [(r["line"], r["handle"], r["rule"]) for r in report["refused"]] == [(line, None, rule)]
    assert shop.products() == {}


def test_header(shop):
    rows = product(shop.handle("a"))
    shop.write(rows, [name for name in COLUMNS if name != "Variant Price"])
    report = shop.load(code=1)
    assert report["refused"] == [{"line": 1, "handle": None, "rule": "header",
                                  "text": 'the column "Variant Price" is missing'}]
    shop.write(rows, [*COLUMNS, "Shoe Size", "Favourite"], encoding="utf-8-sig")
    report = shop.load()
    assert [(n["line"], n["text"]) for n in report["notes"]] == [(1, 'unknown columns, not read: "Shoe Size", "Favourite"')]
    assert len(shop.products()) == 1
    shop.path.write_text("")
    assert shop.load(code=1)["refused"][0]["text"] == "the file is empty"


def test_invalid_utf8(shop):
    shop.write(product(shop.handle("a"), Vendor="caf\xe9") + product(shop.handle("b"), Vendor="cafe"), encoding="latin-1")
    report = shop.load(code=1)
    assert [(r["line"], r["rule"]) for r in report["refused"]] == [(2, "utf8")]
    assert set(shop.products()) == {shop.handle("b")}


def test_usage(shop):
    souk = shop.souk
    shop.write(product(shop.handle("a")))
    for arguments, code, words in (
            ((), 2, "usage"), ((shop.path, shop.path), 2, "usage"), (("--what", shop.path), 2, "--what"),
            (("--currency=XXX", shop.path), 2, "XXX"), (("--currency=usd", shop.path), 2, "usd"),
            ((shop.path.parent / "none.csv",), 1, "none.csv"), ((shop.path.parent,), 1, str(shop.path.parent))):
        done = souk.admin_command("import", *arguments, check=False)
        assert done.returncode == code, arguments
        assert words in done.stderr
    assert shop.products() == {}


def test_dry_run_changes_nothing(shop):
    bad = product(shop.handle("bad"), price="1.999")
    report = shop.load_rows(product(shop.handle("a"), ("S", "M")) + bad, "--dry-run", code=1)
    assert report["dry_run"] is True
    assert report["products"] == {"created": 0, "updated": 0, "unchanged": 0, "checked": 1, "refused": 1}
    assert report["variants"] == 2 and report["units_received"] == 0
    assert shop.products() == {}


def test_html_is_sanitised(shop):
    shop.load_rows(product(shop.handle("a"), **{
        "Body (HTML)": '<p onclick="x()">Hi <a href="javascript:x">you</a><script>alert(1)</script></p>'}))
    assert shop.products()[shop.handle("a")]["description_html"] == "<p>Hi you</p>"


def test_progress_on_a_terminal_only(shop):
    shop.write(product(shop.handle("a")))
    assert "%" not in shop.run().stderr
    ours, theirs = pty.openpty()
    command = [str(shop.souk.binary), "admin", "--config", str(shop.souk.state / "souk.conf"), "import", str(shop.path)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=theirs, timeout=60)
    os.close(theirs)
    drawn = os.read(ours, 65536).decode()
    os.close(ours)
    assert done.returncode == 0 and "[" in drawn and "%" in drawn


# Cut short

def test_shard_that_cannot_follow(shop):
    """What has begun is not shown, and the next run finishes it."""
    souk = shop.souk
    last = souk.db(souk.shards - 1)
    rows = product(shop.handle("a"), ("S", "M"))
    last.run("DROP PROCEDURE sku_apply")
    try:
        report = shop.load_rows(rows, code=1)
        assert report["products"]["refused"] == 1
        assert "import the file again" in report["refused"][0]["text"]
        row = shop.products()[shop.handle("a")]
        assert (row["state"], row["pending"]) == ("draft", "1")
        assert souk.get(f"/v1/products/{row['product_id']}").status_code == 404
    finally:
        souk.admin_command("routines")
    report = shop.load()
    assert report["products"]["updated"] == 1 and report["units_received"] == 10
    assert [note["rule"] for note in report["notes"]] == ["resumed"]
    shop.expect_complete()


def test_killed_in_mid_import(shop):
    """kill -9 at several points: what shows is whole, and running again ends in the same state as one run."""
    souk = shop.souk
    rows = [row for i in range(120) for row in product(shop.handle(f"p{i:03}"), ("S", "M", "L"), qty=1 + i % 9)]
    shop.write(rows)
    command = [str(souk.binary), "admin", "--config", str(souk.state / "souk.conf"), "import", str(shop.path)]
    for part in (15, 45, 80):
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: len(shop.sql("SELECT handle FROM product WHERE handle LIKE ?")) >= part or running.poll() is not None,
                 30, 0.005)
        running.send_signal(signal.SIGKILL)
        running.wait(10)
        pending = {row["product_id"] for row in shop.products().values() if row["pending"] == "1"}
        assert len(pending) <= 1
        shown = [row["product_id"] for row in shop.products().values() if row["state"] == "published"]
        assert not pending & set(shown)
        for shard in range(souk.shards):
            ids = ",".join(shown) or "0"
            assert int(souk.db(shard).value(f"SELECT COUNT(*) FROM sku WHERE product_id IN ({ids})")) == 3 * len(shown)
    report = shop.load()
    assert report["refused"] == []
    done = report["products"]
    assert done["created"] + done["updated"] + done["unchanged"] == 120
    wait_for(lambda: souk.db("global").value("SELECT COUNT(*) FROM goods_transfer WHERE state = 'in_flight'") == "0")
    shop.expect_complete()
    assert len(shop.products()) == 120 and len(shop.skus()) == 360
    assert shop.load()["products"]["unchanged"] == 120


def test_two_imports_at_once(shop):
    rows = [row for i in range(30) for row in product(shop.handle(f"p{i:02}"), ("S", "M"))]
    shop.write(rows)
    command = [str(shop.souk.binary), "admin", "--config", str(shop.souk.state / "souk.conf"), "import", str(shop.path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    for one in running:
        out, err = one.communicate(timeout=60)
        assert one.returncode == 0, out + err
    assert len(shop.products()) == 30 and len(shop.skus()) == 60
    shop.expect_complete()


# Runs a command and tells the most memory it took, in KiB. A process counts what the one that started it had, so that one is small.
MEASURED = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""


def test_large_file_in_little_memory(shop):
    with open(shop.path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for i in range(25000):
            writer.writerows(product(f"p{i}", ("S", "M", "L", "XL"), **{"Body (HTML)": "<p>text</p>" * 20}))
    command = [str(shop.souk.binary), "admin", "--config", str(shop.souk.state / "souk.conf"), "import", "--dry-run", "--json",
               str(shop.path)]
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", MEASURED, *command], capture_output=True, text=True, check=True)
    report = json.loads(done.stdout)
    assert report["rows"] == 100000 and report["products"]["checked"] == 25000 and report["variants"] == 100000
    assert int(done.stderr.splitlines()[-1]) < 64 * 1024  # KiB
    assert time.monotonic() - began < 60
