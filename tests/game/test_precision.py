"""Lower precision: the error it is said to cause is the one it causes."""

import warnings

import numpy as np
import pytest
import torch
from torch import nn

from harsanyi import ArgumentError, Columns, Patches, extract
from harsanyi.zoo.digits import digits_cnn


def test_the_reported_error_is_that_of_the_scores():
    network, inputs = digits_cnn(), torch.rand(1, 1, 8, 8)
    options = {"players": Patches(4, n=6), "progress": False, "max_gap": 1.0, "noise": 0.9}
    exact, low = extract(network, inputs, **options), extract(network, inputs, autocast="bfloat16", **options)
    error = np.abs(low.scores - exact.scores).max()
    assert error > 0
    assert low.provenance["autocast"] == "bfloat16"
    assert low.provenance["autocast_error"] == pytest.approx(error)
    reach = abs(exact.scores[0, -1] - exact.scores[0, 0])
    assert low.provenance["autocast_error_share"] == pytest.approx(error / reach)
    assert low.inputs.dtype == np.float32


def test_a_larger_error_than_the_noise_warns():
    with pytest.warns(UserWarning, match=r"lower precision changed a score by .* more than the noise of 0 %"):
        extract(digits_cnn(), torch.rand(2, 1, 8, 8), players=Patches(4, n=5), noise=0, autocast=torch.bfloat16,
                progress=False, max_gap=1.0)  # fmt: skip


def test_a_network_that_is_exact_in_lower_precision_has_no_error():
    network = nn.Linear(4, 2)
    nn.init.constant_(network.weight, 0.5)
    nn.init.zeros_(network.bias)
    network.weight.data[1] = 1.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = extract(network, torch.ones(3, 4), players=Columns(), noise=0, autocast="bfloat16", progress=False)
    assert result.provenance["autocast_error"] == 0


def test_inside_a_network():
    result = extract(digits_cnn(), torch.rand(2, 1, 8, 8), players=Patches(4, n=4, at="1"), autocast="bfloat16",
                     progress=False, noise=0.9)  # fmt: skip
    assert result.provenance["autocast_error"] > 0


@pytest.mark.parametrize("dtype", ["float8", torch.float32, "bf16"])
def test_other_dtypes_are_refused(dtype):
    with pytest.raises(ArgumentError, match=r"autocast: given .*; accepted: one of bfloat16, float16"):
        extract(nn.Linear(4, 2), torch.ones(3, 4), players=Columns(), autocast=dtype, progress=False)
