import math

import pandas as pd
import pytest

from harsanyi.core.errors import ArgumentError
from harsanyi.monitor.csv_log import CsvLog

ROWS = [{"step": 0, "a": 0.1}, {"step": 12, "a": math.nan}, {"step": 300, "a": -1 / 3}]


def same(one, other):
    return pd.DataFrame(one).equals(pd.DataFrame(other))


@pytest.fixture
def log(tmp_path):
    return CsvLog(tmp_path / "log.csv")


def test_rows_are_read_back_equal_and_by_others_too(log):
    assert log.rows() == []
    for row in ROWS:
        log.append(row)
    assert same(log.rows(), ROWS)
    assert [type(row["step"]) for row in log.rows()] == [int] * 3
    assert same(pd.read_csv(log.path, float_precision="round_trip"), ROWS)
    assert log.path.read_text().startswith("step,a\n0,0.1\n12,\n300,-0.33")


def test_a_file_torn_at_any_byte_is_read_and_repaired(log):
    for row in ROWS:
        log.append(row)
    whole = log.path.read_bytes()
    for size in range(len(whole) + 1):
        log.path.write_bytes(whole[:size])
        ended = max(whole[:size].count(b"\n") - 1, 0)
        assert same(CsvLog(log.path).rows(), ROWS[:ended])
        log.append({"step": 999, "a": 2.5})
        assert same(CsvLog(log.path).rows(), [*ROWS[:ended], {"step": 999, "a": 2.5}])
    assert [path.name for path in log.path.parent.iterdir()] == ["log.csv"]


@pytest.mark.parametrize("line", ["1", "1,2,3", "1,two"])
def test_damage_within_is_not_passed_over(log, line):
    log.path.write_text(f"step,a\n{line}\n5,0.5\n")
    with pytest.raises(ArgumentError, match=r"folder: given .*log.csv, which is damaged"):
        log.rows()


def test_other_columns_are_refused(log):
    log.append(ROWS[0])
    with pytest.raises(ArgumentError, match=r"log.csv with other columns; accepted: step,b"):
        log.append({"step": 1, "b": 2.0})
    assert same(log.rows(), ROWS[:1])
