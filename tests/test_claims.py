"""The papers' claims: every one has a check, verdicts follow their rule, and the command runs, writes and goes on."""

import csv
import json
import re
from dataclasses import replace
from html import escape

import numpy as np
import pytest
from typer.testing import CliRunner

from harsanyi import ArgumentError
from harsanyi.analysis import Estimate, factor_overlap, generalizes, layer_by_layer
from harsanyi.claims import CLAIMS, FULL, QUICK, Claim, Sizes, Verdict, check_claims
from harsanyi.claims.catalogue import chosen_claims
from harsanyi.claims.claim import Finding, all_of, by_seed, verdict_of, vote
from harsanyi.claims.confusion import _factors
from harsanyi.claims.generalization import rate_trend
from harsanyi.claims.layers import _arch
from harsanyi.claims.material import Material, OutOfTimeError
from harsanyi.claims.mathematics import _growth
from harsanyi.claims.table import markdown, summary
from harsanyi.cli import app

TINY = Sizes(seeds=1, samples=8, epochs=1, players=5, layers=("7", "9"), layer_samples=2, noisy_copies=2,
             pairs=1, pair_samples=10, pair_players=3, pixel_samples=2, pixel_pairs=2, contexts=2,
             functions=3)  # fmt: skip
MATHEMATICS = ("C1", "C2", "C3", "C11")  # need no network


def estimate(value, low, high):
    return Estimate(*map(np.array, (value, low, high)))


def claims(*arguments, status=0):
    done = CliRunner().invoke(app, ["claims", *map(str, arguments)])
    assert done.exit_code == status, done.output + str(done.exception or "")
    return done.output + done.stderr


# Verdicts -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("interval", "null", "expected", "voted"), [
    ((0.5, 0.2, 0.8), 0.0, 1, 1),
    ((0.5, -0.2, 0.8), 0.0, 1, 0),
    ((-0.5, -0.8, -0.2), 0.0, 1, -1),
    ((-0.5, -0.8, -0.2), 0.0, -1, 1),
    ((0.5, 0.2, 0.8), 0.0, -1, -1),
    ((0.95, 0.92, 0.99), 0.9, 1, 1),
    ((0.8, 0.7, 0.89), 0.9, 1, -1),
    ((0.5, np.nan, np.nan), 0.0, 1, 0),
    ((np.nan, np.nan, np.nan), 0.0, -1, 0),
])  # fmt: skip
def test_an_interval_speaks_only_where_it_excludes_the_null(interval, null, expected, voted):
    assert vote(estimate(*interval), null, expected) == voted


@pytest.mark.parametrize(("votes", "verdict"), [
    ([1], "appears"), ([-1], "does not appear"), ([0], "cannot tell"),
    ([1, 1], "appears"), ([1, 0], "cannot tell"), ([1, -1], "cannot tell"), ([-1, -1], "does not appear"),
    ([1, 1, 0], "appears"), ([1, 1, -1], "cannot tell"), ([-1, 0, -1], "does not appear"), ([0, 0, 1], "cannot tell"),
])  # fmt: skip
def test_a_claim_appears_in_most_networks_and_against_none(votes, verdict):
    assert verdict_of(votes) == verdict


@pytest.mark.parametrize(("parts", "voted"), [([1, 1], 1), ([1, 0], 0), ([1, -1], -1), ([0, -1], -1), ([0, 0], 0)])
def test_a_claim_of_several_parts_needs_all_of_them(parts, voted):
    assert all_of(parts) == voted


def test_the_numbers_of_every_seed_are_told():
    found = by_seed([3, 5], lambda seed: (1, f"{seed / 10}"), "Something")
    assert found == Finding("Something: 0.3 (seed 3); 0.5 (seed 5).", "appears", (3, 5))


def test_a_trend_of_what_generalizes_falls_where_high_orders_do_not():
    from harsanyi import extract_game

    def scores(weights):
        return extract_game(lambda x: x[:, 0] * weights[0] + x[:, :2].all(1) * weights[1] + x[:, :3].all(1) * weights[2]
                            + x.all(1) * weights[3], 4, progress=False)  # fmt: skip

    one, low, high = (scores(weights) for weights in ((1, 1, 1, 1), (1, 1, 0, 0), (0, 0, 1, 1)))
    for baseline, sign in ((low, -1), (high, 1)):
        found = rate_trend(generalizes(one, baseline, references=False))
        assert np.sign(found.value) == sign
        assert np.isnan(found.low)  # a single sample


def test_redundancy_that_only_falls_is_against_the_claim():
    from harsanyi.interactions import Interactions

    def layer(needless):
        scores = np.array([[0.0, 1.0, 0.0, 1.0 + needless]] * 6)  # {0} and, needlessly, {0, 1}
        and_ = np.array([[0.0, 1.0, 0.0, needless]] * 6)
        zero = np.zeros(6)
        return Interactions(scores, and_, np.zeros_like(and_), zero, zero, zero, zero, zero.astype(np.int64),
                            zero == 0, zero.astype(np.int64), (("a", "b"),) * 6)  # fmt: skip

    def arch(*needless):
        names = [*(f"layer {i}" for i in range(len(needless))), "output"]
        return _arch(layer_by_layer(dict(zip(names, map(layer, (*needless, 0.0)), strict=True))))

    assert arch(0.1, 0.9, 0.3) == 1
    assert arch(0.9, 0.5, 0.1) == -1
    assert arch(0.1, 0.5, 0.9) == -1
    assert arch(0.5, 0.5, 0.5) == 0


def test_factors_are_told_apart_where_pairs_suffice():
    random = np.random.default_rng(0)

    def pairs(shared, count):
        first = [random.random(40) for _ in range(count)]
        return [(one, one + 1e-3 if shared else random.random(40)) for one in first]

    def voted(low, high, nothing, count=5):
        shared = {"nothing": nothing, "low": low, "high": high}
        return _factors(factor_overlap({name: pairs(each, count) for name, each in shared.items()}, share=0.2), "mlp")

    assert voted(True, False, False)[0] == 1
    assert voted(False, True, False)[0] == -1
    assert voted(True, True, False)[0] == -1  # the high layers raise it as much
    assert voted(False, False, False)[0] == 0
    few, words = voted(True, False, False, count=2)
    assert few == 0
    assert "so few pairs can have 0.33 at least" in words


# The claims -----------------------------------------------------------------------------------------------------------


def test_every_claim_has_a_check_that_states_its_rule():
    assert list(CLAIMS) == [f"C{number}" for number in range(1, 26)]
    for number, claim in CLAIMS.items():
        rule = claim.check.__doc__
        assert rule.startswith(f"{number}. ")
        assert re.search(r"[Aa]ppears\s+where", rule)
        assert claim.words.endswith(".")
        assert claim.null
        assert all(re.fullmatch(r"\d{4}\.\d{5}", paper) for paper in claim.paper.split(", "))
    assert len({claim.check for claim in CLAIMS.values()}) == 25


def test_mathematics_hold(tmp_path):
    found = {each.claim.number: each for each in check_claims(tmp_path / "out", MATHEMATICS, QUICK).verdicts}
    assert [found[number].verdict for number in ("C1", "C2", "C11")] == ["appears"] * 3
    # one of the planted functions has another sum of as little strength: AND{i, j} + OR{i, j} = AND{i} + AND{j}
    assert found["C3"].verdict == "does not appear"
    assert "49 of 50 random functions are recovered; of the others 1 has another sum of as little strength" in (
        found["C3"].measured
    )
    assert {found[number].verdict for number in found if number not in MATHEMATICS} == {"not run"}


def test_variance_that_grows_by_three_is_not_two():
    assert _growth(np.array([1.0, 3.0, 9.0])) == pytest.approx(3)


def test_full_is_more_of_everything():
    assert all(np.all(np.asarray(getattr(FULL, name)) >= getattr(QUICK, name)) for name in QUICK.to_mapping()
               if name != "architectures")  # fmt: skip


# The command ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """All claims at the smallest sizes: the folder, what was said, and the result."""
    folder, said = tmp_path_factory.mktemp("claims") / "out", []
    with np.errstate(all="raise"):
        return folder, said, check_claims(folder, sizes=TINY, say=said.append, progress=False)


def test_every_claim_is_measured(checked):
    _, said, found = checked
    assert [each.claim.number for each in found.verdicts] == list(CLAIMS)
    for each in found.verdicts:
        assert each.verdict in ("appears", "does not appear", "cannot tell")
        assert each.measured.endswith(".")
        assert each.seconds > 0
        assert (each.seeds == ()) == (each.claim.number in MATHEMATICS or "cannot be asked" in each.measured)
    assert sum(line.startswith("Training") for line in said) == 4  # a network, those beside it, another task, a pair
    assert sum(re.match(r"C\d+ ", line) is not None for line in said) == 25


def test_tables_and_page_hold_the_verdicts(checked):
    folder, _, found = checked
    with (folder / "claims.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["number"], row["measured"], row["verdict"]) for row in rows] == [
        (each.claim.number, each.measured, each.verdict) for each in found.verdicts]  # fmt: skip
    text, page = (folder / "claims.md").read_text(encoding="utf-8"), found.page.read_text(encoding="utf-8")
    assert text.count("\n| C") == 25
    assert markdown(found.verdicts) in text
    assert summary(found.verdicts) in text
    assert summary(found.verdicts) in page
    for each in found.verdicts:
        section = f"<h2>{each.claim.number}, {each.verdict}: {escape(each.claim.words)}</h2>"
        assert (section in page) == (each.verdict != "not run")


def test_run_again_it_computes_nothing_that_is_done(checked):
    folder, _, found = checked
    record = json.loads((folder / "verdicts.json").read_text())
    del record["verdicts"]["C18"], record["verdicts"]["C23"]  # as a stop would leave it
    (folder / "verdicts.json").write_text(json.dumps(record))
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.safetensors")}
    said: list[str] = []
    again = check_claims(folder, sizes=TINY, say=said.append, progress=False)
    assert [line.split()[0] for line in said if line.startswith("C")] == ["C18", "C23"]
    assert [(each.measured, each.verdict) for each in again.verdicts] == [
        (each.measured, each.verdict) for each in found.verdicts]  # fmt: skip
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.safetensors")} == before


def test_without_time_claims_are_not_run_and_stay_to_do(tmp_path):
    told = claims("--out", tmp_path / "out", "--minutes", 1e-9)
    assert "The time is up before C1 …" in told
    assert "Of 25 claims: 25 not run." in told
    with pytest.raises(OutOfTimeError):
        Material(tmp_path, TINY, end=0.0).make("studies")
    assert not list(tmp_path.glob("seed-*"))
    assert "C1 appears (1 of 1)" in claims("--out", tmp_path / "out", "--only", "c1")
    assert "Of 25 claims: 1 appears, 24 not run." in claims("--out", tmp_path / "out", "--only", "C1,C1")


def test_a_table_survives_any_words():
    odd = Verdict(Claim("C1", "2405.10262", "A | B.", "none", lambda _: Finding("", "")), "|x|", "appears", (0, 1), 1.0)
    _, _, row = markdown([odd]).splitlines()
    assert row == "| C1: A &#124; B. | 2405.10262 | &#124;x&#124; | appears | 0, 1 |"


# What is refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("arguments", "message"), [
    (["--only", "C26"], "only: given 'C26'; accepted: some of C1, C2"),
    (["--only", "mathematics"], "only: given 'mathematics'"),
    (["--minutes", 0], "minutes: given 0.0; accepted: a number > 0, or nothing"),
    (["--workers", 0], "Invalid value for '--workers'"),
])  # fmt: skip
def test_what_cannot_be_used_is_refused_before_anything_is_written(tmp_path, arguments, message):
    told = " ".join(claims("--out", tmp_path / "out", *arguments, status=2).split())
    assert message in told
    assert not (tmp_path / "out").exists()


def test_other_folders_and_other_sizes_are_refused(checked, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    assert "accepted: a new folder, or one that this command has made" in claims("--out", tmp_path, status=2)
    assert "made with other sizes (samples, epochs, " in claims("--out", checked[0], status=2).replace("seeds, ", "")
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "verdicts.json").write_text("{")
    assert "accepted: a folder as this command has left it" in claims("--out", tmp_path / "torn", status=2)


@pytest.mark.parametrize(("field", "value", "message"), [
    ("seeds", 0, "seeds: given 0"),
    ("samples", 1, "samples: given 1"),
    ("players", 2, "players: given 2"),
    ("pair_samples", 5, "pair_samples: given 5"),
    ("architectures", ("mlp", "vgg"), 'architectures: given .*; accepted: one or both of "mlp" and "cnn"'),
    ("architectures", (), "architectures: given"),
])  # fmt: skip
def test_sizes_out_of_range_are_refused(field, value, message):
    with pytest.raises(ArgumentError, match=message):
        replace(QUICK, **{field: value})


def test_claims_are_chosen_by_number_in_their_order():
    assert [claim.number for claim in chosen_claims(["C20", "c3"])] == ["C3", "C20"]
    assert len(chosen_claims([])) == 25
