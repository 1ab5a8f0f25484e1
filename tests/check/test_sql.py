"""What holds for every routine file, read as text."""

import re

import pytest

from client import ROOT

ROUTINES = sorted(path for path in (ROOT / "sql").rglob("*.sql") if path.name != "TEMPLATE.sql")
ERRORS = {int(number): code for number, code in re.findall(
    r'X\(\w+,\s*(\d+),\s*\d+,\s*"([^"]+)"', (ROOT / "fcgi/base/error.h").read_text())}


def ids(path):
    return str(path.relative_to(ROOT))


def code_of(path):
    """The file without comments."""
    text = re.sub(r"/\*.*?\*/", " ", path.read_text(), flags=re.S)
    return re.sub(r"(^|\s)(--(\s.*)?|#.*)$", r"\1", text, flags=re.M)


def test_error_numbers_are_unique():
    rows = re.findall(r'X\(\w+,\s*(\d+),', (ROOT / "fcgi/base/error.h").read_text())
    assert len(rows) == len(set(rows)) and rows == sorted(rows, key=int)


@pytest.mark.parametrize("path", ROUTINES, ids=ids)
def test_file_holds_the_routine_it_is_named_after(path):
    created = re.findall(r"\bCREATE\b.*?\b(?:PROCEDURE|FUNCTION)\s+`?(\w+)`?", code_of(path), flags=re.S | re.I)
    assert created == [path.stem]


def test_what_global_and_shards_share_stands_once():
    texts = [path.read_text() for path in ROUTINES if "sandbox" not in path.parts]
    assert len(texts) == len(set(texts)), "what both have belongs to sql/common"


@pytest.mark.parametrize("path", ROUTINES, ids=ids)
def test_definer_is_the_locked_user(path):
    code = code_of(path)
    assert re.search(r"CREATE\s+DEFINER\s*=\s*'souk_definer'@'localhost'", code)
    assert re.search(r"SQL\s+SECURITY\s+DEFINER", code, flags=re.I)


@pytest.mark.parametrize("path", ROUTINES, ids=ids)
def test_signals_are_those_of_the_error_table(path):
    for number, text in re.findall(
            r"MYSQL_ERRNO\s*=\s*(\d+)\s*,\s*MESSAGE_TEXT\s*=\s*('[^']*'|\w+)", code_of(path), flags=re.I):
        assert int(number) in ERRORS, f"{number} is in no row of base/error.h"
        if text.startswith("'"):
            assert text.strip("'").split(":")[0] == ERRORS[int(number)]


@pytest.mark.parametrize("path", ROUTINES, ids=ids)
def test_writers_roll_back_and_raise_again(path):
    code = code_of(path)
    assert not re.search(r"CONTINUE\s+HANDLER", code, flags=re.I), "after an error the transaction is gone: never go on"
    assert not re.search(r"\bPREPARE\b|\bEXECUTE\s+IMMEDIATE\b", code, flags=re.I), "no dynamic SQL"
    if re.search(r"START\s+TRANSACTION", code, flags=re.I):
        assert re.search(r"EXIT\s+HANDLER\s+FOR\s+SQLEXCEPTION\s+BEGIN\s+ROLLBACK\s*;\s*RESIGNAL\s*;\s*END", code, flags=re.I)


@pytest.mark.parametrize("path", ROUTINES, ids=ids)
def test_parameters_and_variables_cannot_be_taken_for_columns(path):
    code = code_of(path)
    head = re.search(r"(?:PROCEDURE|FUNCTION)\s+`?\w+`?\s*\((.*?)\)\s*(?:RETURNS|SQL|NOT|DETERMINISTIC|READS|MODIFIES|BEGIN|COMMENT)",
                     code, flags=re.S | re.I)
    assert head
    for name in re.findall(r"(?:^|,)\s*(?:IN\s+|OUT\s+|INOUT\s+)?(\w+)\s+[A-Z]", head.group(1), flags=re.M):
        if not name.isdigit():
            assert re.match(r"in_|out_|v_", name), name
    for names in re.findall(r"\bDECLARE\s+((?:\w+\s*,\s*)*\w+)\s+(?!CURSOR|CONDITION|HANDLER)[A-Z]", code):
        for name in names.split(","):
            if name.strip().upper() not in ("EXIT", "CONTINUE"):
                assert name.strip().startswith("v_"), name


def test_webhooks_may_be_asked_for_the_events_that_are_written():
    told = {f"{kind}.{name}" for kind, names in re.findall(r"X\((\w+), ([^)]*)\)", (ROOT / "fcgi/base/event_kind.h").read_text())
            for name in re.findall(r'"(\w+)"', names)}
    kinds = "|".join({name.split(".")[0] for name in told})
    written = {name for path in ROUTINES for name in re.findall(rf"""['"]((?:{kinds})\.[a-z_]+)['"]""", code_of(path))}
    assert written - set(ERRORS.values()) == told
    listed = re.search(r"\*\*Which events\.\*\*.*?\n- ", (ROOT / "docs/api.md").read_text(), flags=re.S).group()
    assert {name for name in told if f"`{name.split('.')[0]}`" not in listed or f"`.{name.split('.')[1]}`" not in listed} == set()


@pytest.mark.parametrize("path", sorted((ROOT / "migrations").rglob("deploy/*.sql")), ids=ids)
def test_every_migration_can_be_reverted_and_verified(path):
    folder = path.parent.parent
    assert (folder / "revert" / path.name).is_file() and (folder / "verify" / path.name).is_file()
    assert re.search(rf"^{path.stem} ", (folder / "sqitch.plan").read_text(), flags=re.M)


def clause_before(code, end):
    """What stands between the end of a locking clause and the beginning of its SELECT, without what is in parentheses."""
    depth, kept = 0, []
    for letter in reversed(code[:end]):
        depth += {")": 1, "(": -1}.get(letter, 0)
        if depth < 0 or depth == 0 and letter == ";":
            break
        if depth == 0:
            kept.append(letter)
    return "".join(reversed(kept))


@pytest.mark.parametrize("path", ROUTINES, ids=ids)
def test_tables_of_json_stand_apart_from_locked_ones(path):
    """MySQL: ERROR 3569, Table j appears in multiple locking clauses."""
    code = code_of(path)
    for lock in re.finditer(r"\bLOCK\s+IN\s+SHARE\s+MODE\b|\bFOR\s+UPDATE\b", code, flags=re.I):
        assert "JSON_TABLE" not in clause_before(code, lock.start()), "write (SELECT * FROM JSON_TABLE(…) t) j"


@pytest.mark.parametrize("path", ROUTINES, ids=ids)
def test_lists_lead_to_the_rows_they_lock(path):
    """Where the server chooses, it may begin with all rows of a state, or of a small table, and wait for who holds others."""
    for target in re.findall(r"\bUPDATE\s+((?:JSON_TABLE|\(SELECT).*?)\bSET\b", code_of(path), flags=re.S):
        depth_0 = re.sub(r"\((?:[^()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*\)", "", target)
        assert not re.search(r"(?<!_)\bJOIN\b", depth_0), f"STRAIGHT_JOIN: {' '.join(depth_0.split())}"


@pytest.mark.parametrize("path", ROUTINES, ids=ids)
def test_running_windows_count_rows(path):
    """MySQL 9.7 ends with a signal when a routine runs FIRST_VALUE over a range for the second time."""
    code = code_of(path)
    windows = re.findall(r"(\w+)\s*\([^()]*(?:\([^()]*\)[^()]*)*\)\s*OVER\s*\(((?:[^()]|\([^()]*\))*)\)", code, flags=re.I)
    windows += [("", window) for window in re.findall(r"\bWINDOW\s+\w+\s+AS\s*\(((?:[^()]|\([^()]*\))*)\)", code, flags=re.I)]
    for name, window in windows:
        if re.search(r"\bORDER\b", window, flags=re.I) and not re.fullmatch(r"ROW_NUMBER|(DENSE_)?RANK", name, flags=re.I):
            assert re.search(r"\bROWS\b", window, flags=re.I), f"{name} OVER (… ROWS UNBOUNDED PRECEDING)"
