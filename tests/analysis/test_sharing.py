"""What networks share: the definition counted one by one, planted pairs, symmetric cases, words, what is refused."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from planted_effects import interactions as planted
from torch import nn

from harsanyi import ArgumentError, Columns, Interactions, MaxEffect, extract
from harsanyi.analysis import Bootstrap, and_alone, sharing
from harsanyi.core.coalitions import orders
from harsanyi.core.split import sparsest_split
from harsanyi.core.transforms import scores_from

QUICK = Bootstrap(draws=50)


def run(networks, **options):
    return sharing(networks, **{"bootstrap": QUICK, **options})


def network(inputs, seed):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3))
    return extract(model, inputs, torch.arange(len(inputs)) % 3, players=Columns(), progress=False)


@pytest.fixture(scope="module")
def real():
    inputs = 2 * torch.randn(5, 4, generator=torch.Generator().manual_seed(0))
    return {name: network(inputs, seed) for seed, name in enumerate(("one", "two", "three", "other"))}


@pytest.fixture(scope="module")
def found(real):
    return run({name: real[name] for name in ("one", "two", "three")}, control={"other": real["other"]})


def split_alone(scores, share=0.02):
    """Interactions of these scores, (samples, 2**n), each split by itself."""
    bound = share * (scores[:, -1] - scores[:, 0]).abs()
    split = sparsest_split(scores, bound)
    arrays = {name: getattr(split, name).numpy() for name in ("objective", "lower_bound", "gap")}
    return replace(planted(split.and_.numpy(), split.or_.numpy()), scores=scores.numpy(), noise_bound=bound.numpy(),
                   **arrays)  # fmt: skip


def random_effects(n, count, generator):
    """AND and OR effects of random coalitions of at most 4 players, (2, 2**n), no OR of a single player."""
    effects = torch.zeros(2, 1 << n, dtype=torch.float64)
    for k in range(count):
        order = int(torch.randint(1, 5, (), generator=generator))
        coalition = int((1 << torch.randperm(n, generator=generator)[:order]).sum())
        effects[k % 2 if order > 1 else 0, coalition] += float(torch.randn((), generator=generator))
    return effects


def planted_pair(n, seed, samples=6):
    """Scores of two networks, (2, samples, 2**n), the 15 effects that both have on each sample, and what noise covers.

    Each network has those effects at strengths of its own, 6 more effects, and noise on its scores.
    """
    generator = torch.Generator().manual_seed(seed)
    scores, common = torch.zeros(2, samples, 1 << n, dtype=torch.float64), []
    for sample in range(samples):
        common.append(random_effects(n, 15, generator))
        for each in scores:
            strength = 1 + 0.3 * torch.randn(2, 1 << n, generator=generator, dtype=torch.float64)
            exact = scores_from(*(strength * common[-1] + random_effects(n, 6, generator)))
            noise = torch.randn(1 << n, generator=generator, dtype=torch.float64)
            each[sample] = exact + 0.005 * (exact[-1] - exact[0]).abs() * noise
    return scores, torch.stack(common, 1).numpy()


# The definition


def counted(networks, chosen, same_sign=False):
    """Mean over the networks of |common| / |own|, of the effects that `chosen` takes, one by one."""
    own, common = dict.fromkeys(networks, 0), 0
    salient = {name: x.salient("max_effect") for name, x in networks.items()}
    first = next(iter(networks.values()))
    for sample in range(len(first)):
        for kind in ("and_", "or_"):
            for coalition in range(1, 1 << first.n):
                if not chosen(kind, coalition):
                    continue
                has = {name: bool(getattr(salient[name], kind)[sample, coalition]) for name in networks}
                signs = {np.sign(getattr(x, kind)[sample, coalition]) for x in networks.values()}
                common += all(has.values()) and (len(signs) == 1 or not same_sign)
                for name in networks:
                    own[name] += has[name]
    shares = [common / count for count in own.values() if count]
    return np.mean(shares) if shares else np.nan


@pytest.mark.parametrize("same_sign", [False, True])
def test_shares_counted_one_by_one(real, same_sign):
    apart = {name: real[name] for name in ("one", "two")}
    found = run(apart, same_sign=same_sign)
    order = orders(4).tolist()
    for at, networks in enumerate((found.joint, apart)):
        assert found.share.value[at] == pytest.approx(counted(networks, lambda *_: True, same_sign))
        for k in range(1, 5):
            expected = counted(networks, lambda _, coalition, k=k: order[coalition] == k, same_sign)
            assert found.order_share.value[at, k - 1] == pytest.approx(expected, nan_ok=True)
        for position, kind in enumerate(("and_", "or_")):
            expected = counted(networks, lambda own, _, kind=kind: own == kind, same_sign)
            assert found.type_share.value[at, position] == pytest.approx(expected, nan_ok=True)
    assert found.gain.value == pytest.approx(found.share.value[0] - found.share.value[1])
    norms = [[np.abs(x.and_[:, 1:]).sum() + np.abs(x.or_).sum() for x in networks.values()]
             for networks in (found.joint, apart)]  # fmt: skip
    assert found.strength_ratio.value == pytest.approx(np.mean(np.divide(*norms)))


def test_joint_interactions_are_those_of_the_same_scores(real, found, tmp_path):
    assert found.names == ("one", "two", "three")
    for name, x in found.joint.items():
        own = real[name]
        assert x.scores is own.scores
        assert (np.abs(x.noise) <= x.noise_bound[:, None] + 1e-9).all()
        norm = np.abs(x.and_[:, 1:]).sum(1) + np.abs(x.or_).sum(1)
        np.testing.assert_allclose(x.objective, norm)
        assert (x.objective >= own.lower_bound - 1e-9).all()
        np.testing.assert_allclose(x.gap * x.objective, x.objective - x.lower_bound, atol=1e-12)
        assert x.provenance["joint_split"]["networks"] == ["one", "two", "three"]
        assert x.converged.all()
        again = Interactions.load(x.save(tmp_path / name))
        np.testing.assert_array_equal(again.or_, x.or_)
    assert (found.gap <= 0.01).all()


def test_intervals_hold_the_values_and_do_not_depend_on_the_order_of_samples(real, found):
    turned = {name: x[::-1] for name, x in real.items()}
    again = run({name: turned[name] for name in ("one", "two", "three")}, control={"other": turned["other"]})
    for name in ("share", "network_share", "gain", "strength_ratio", "margin"):
        one, other = getattr(found, name), getattr(again, name)
        assert ((one.low <= one.value + 1e-12) & (one.value <= one.high + 1e-12)).all()
        np.testing.assert_allclose(other.value, one.value)
        np.testing.assert_allclose(other.low, one.low)


# Planted networks


@pytest.mark.parametrize(("n", "seed"), [(6, 0), (7, 1)])
def test_split_together_a_planted_pair_shares_more_at_an_l1_norm_within_5_percent(n, seed):
    scores, common = planted_pair(n, seed)
    apart = {"one": split_alone(scores[0]), "two": split_alone(scores[1])}
    found = run(apart)
    assert found.gain.low > 0
    assert found.strength_ratio.value <= 1.05
    assert (found.gap <= 0.01).all()
    # And what is shared is what was planted: effects of both networks that are there in truth.
    true = np.abs(common) >= 0.05 * np.abs(common).max((0, 2), keepdims=True)
    recovered = []
    for networks in (found.joint, apart):
        salient = [x.salient("max_effect") for x in networks.values()]
        both = np.stack([np.logical_and(*(getattr(s, kind) for s in salient)) for kind in ("and_", "or_")])
        recovered.append((both & true).sum())
    assert recovered[0] >= recovered[1]


def test_the_same_network_twice_shares_everything(real):
    found = run({"one": real["one"], "again": real["one"]})
    assert found.share.value[0] == pytest.approx(1)
    assert found.strength_ratio.value == pytest.approx(1, abs=0.02)


def test_opposite_networks_share_all_effects_but_no_sign(real):
    one = real["one"]
    opposite = replace(one, scores=-one.scores, and_=-one.and_, or_=-one.or_)
    assert run({"one": one, "opposite": opposite}).share.value.tolist() == pytest.approx([1, 1])
    assert run({"one": one, "opposite": opposite}, same_sign=True).share.value.tolist() == [0, 0]


def test_alpha_of_one_splits_each_network_as_if_alone(real):
    found = run({"one": real["one"], "two": real["two"]}, alpha=1.0, max_gap=0.001)
    for name, x in found.joint.items():
        assert (x.objective <= real[name].objective * 1.005).all()


def test_each_network_has_a_unit_of_its_own(real):
    one, two = real["one"], real["two"]
    scaled = {name: getattr(two, name) * 128 for name in ("scores", "and_", "or_", "objective", "lower_bound",
                                                          "noise_bound")}  # fmt: skip
    loud = replace(two, **scaled)
    first, again = run({"one": one, "two": two}), run({"one": one, "two": loud})
    np.testing.assert_allclose(again.joint["two"].and_, 128 * first.joint["two"].and_)
    np.testing.assert_allclose(again.share.value, first.share.value)
    as_given = run({"one": one, "two": loud}, normalise=False)
    assert not np.allclose(as_given.joint["one"].and_, first.joint["one"].and_, atol=0.01)


# The control


def test_a_control_takes_the_place_of_the_last_network(real, found):
    assert found.control.names == ("one", "two", "other")
    alone = run({name: real[name] for name in ("one", "two", "other")})
    np.testing.assert_array_equal(found.control.share.value, alone.share.value)
    np.testing.assert_array_equal(found.control.joint["other"].and_, alone.joint["other"].and_)
    assert found.margin.value == pytest.approx(found.share.value[0] - alone.share.value[0])
    assert alone.margin is alone.control is None


# Words and tables


def by_order_of(samples, *coalitions):
    """Samples of three players with an AND effect of 1 at these coalitions."""
    and_ = np.zeros((samples, 8))
    and_[:, coalitions] = 1
    return planted(and_)


def test_words_and_table_of_known_effects():
    found = run(
        {"one": by_order_of(4, 1, 3), "two": by_order_of(4, 1, 3, 7)}, control={"other": by_order_of(4, 4)},
        salience=MaxEffect(0.2),
    )  # fmt: skip
    assert found.network_share.value[1].tolist() == pytest.approx([1, 2 / 3])
    assert found.sentences() == [
        "Split together, one and two share 83 % (95 % interval 83 to 83 %) of their salient interactions; split apart, "
        "83 % (95 % interval 83 to 83 %).",
        "Whether splitting them together finds more that they share cannot be told from these samples.",
        *found.sentences()[2:3],
        "Split together, they share 100 % at order 1 and 0 % at order 3, and 83 % of the AND interactions.",
        "one and other, of which other learned another task, share 0 % (95 % interval 0 to 0 %), fewer than networks "
        "of one task; split apart, 0 % (95 % interval 0 to 0 %).",
    ]
    assert found.sentences()[2].startswith("That changes the strength (L1 norm) by ")
    assert repr(found).splitlines()[0] == "Sharing: 2 networks x 4 samples x 3 players, alpha 0.1"
    table = found.by_order()
    assert list(table.columns[::3]) == ["joint", "separate", "control_joint", "control_separate"]
    assert table.index.tolist() == [1, 2, 3]
    assert table["separate"].tolist() == pytest.approx([1, 1, 0])


def test_a_control_that_shares_more_or_as_much_is_told():
    same, far = by_order_of(3, 1, 3), by_order_of(3, 4)
    more, alike = (run({"one": same, "two": two}, control={"other": same}).sentences()[-1] for two in (far, same))
    assert ", more than networks of one task, so that these share nothing that is their task's; split apart" in more
    assert ", not clearly another share than that of networks of one task; split apart, 100 %" in alike


def test_one_sample_has_no_intervals(real):
    found = run({name: real[name][:1] for name in ("one", "two")})
    assert np.isnan(found.share.low).all()
    assert "interval" not in repr(found)
    assert "cannot be told" in repr(found)


# What is refused


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: {"networks": {"one": x["one"]}}, "networks: given 1; accepted: interactions of two networks"),
        (lambda x: {"networks": {"one": x["one"], "two": x["two"][:3]}}, "networks: given other players, or another"),
        (lambda x: {"control": {"other": replace(x["other"], labels=x["other"].labels + 1)}},
         "control: given other samples or labels in 'other'; accepted: the same samples"),
        (lambda x: {"control": {}}, "control: given 0 networks; accepted: from 1 to 1. They take the place of"),
        (lambda x: {"control": {"three": x["three"], "other": x["other"]}}, "control: given 2 networks"),
        (lambda x: {"control": {"two": x["other"]}}, "control: given the name 'two', which is a network's"),
        (lambda x: {"networks": {"one": x["one"], "two": and_alone(x["two"])}},
         "networks: given AND effects alone in 'two'; accepted: interactions as they were extracted"),
        (lambda x: {"salience": 1e9}, "networks: given no salient effect in any sample of 'one'"),
        (lambda x: {"salience": 0.1, "control": {"other": replace(x["other"], and_=0 * x["other"].and_,
                                                                  or_=0 * x["other"].or_)}},
         "control: given no salient effect in any sample of 'other'"),
        (lambda _: {"salience": "maximum"}, "rule: given 'maximum'"),
        (lambda _: {"alpha": 1.1}, "alpha: given 1.1; accepted: a number in [0, 1]"),
        (lambda _: {"max_gap": 0}, "max_gap: given 0; accepted: a number in (0, 1]"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(real, change, message):
    arguments = {"networks": {"one": real["one"], "two": real["two"]}, **change(real)}
    with pytest.raises(ArgumentError) as caught:
        run(**arguments)
    assert str(caught.value).startswith(message)


def test_a_rule_that_is_unknown_is_refused_before_anything_is_split(real, monkeypatch):
    monkeypatch.setattr("harsanyi.core.joint.solve", lambda *_, **__: pytest.fail("split already"))
    with pytest.raises(ArgumentError, match="rule: given 'maximum'"):
        run({"one": real["one"], "two": real["two"]}, salience="maximum")
