"""The operators of the split against dense matrices made from their definitions."""

from math import comb

import pytest
import torch
from oracles import contained, disjoint

from harsanyi.core.coalitions import orders
from harsanyi.core.symmetric import CoverOperators, kronecker_power, schur_basis

CPU = torch.device("cpu")
SHIFTS = torch.tensor([0.0, 1e-8, 0.3, 1.0, 50.0], dtype=torch.float64)


def vectors(n, count, seed=0):
    return torch.randn(count, 2**n, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def dense(n):
    return torch.from_numpy(contained(n)), torch.from_numpy(disjoint(n))


@pytest.mark.parametrize("n", range(7))
def test_kronecker_powers_are_the_matrices_of_the_definitions(n):
    assert torch.equal(kronecker_power(((1.0, 0.0), (1.0, 1.0)), n), dense(n)[0])
    assert torch.equal(kronecker_power(((1.0, 1.0), (1.0, 0.0)), n), dense(n)[1])


@pytest.mark.parametrize("n", range(1, 10))
def test_operators_are_their_dense_matrices(n):
    operators, (z, d), values = CoverOperators(n, CPU), dense(n), vectors(n, 3)
    close = {"rtol": 0, "atol": 1e-10}
    torch.testing.assert_close(operators.contained(values), values @ z.T, **close)
    torch.testing.assert_close(operators.containing(values), values @ z, **close)
    torch.testing.assert_close(operators.disjoint(values), values @ d.T, **close)


@pytest.mark.parametrize("n", range(8))
def test_schur_basis_is_orthonormal(n):
    basis, _ = schur_basis(n)
    torch.testing.assert_close(basis.T @ basis, torch.eye(2**n, dtype=torch.float64), rtol=0, atol=1e-13)


@pytest.mark.parametrize("n", range(8))
def test_schur_blocks_are_the_irreducible_representations(n):
    basis, blocks = schur_basis(n)
    k = range(n // 2 + 1)
    assert blocks == [(comb(n, i) - (comb(n, i - 1) if i else 0), n - 2 * i + 1) for i in k]
    assert sum(copies * dimension for copies, dimension in blocks) == basis.shape[1] == 2**n


@pytest.mark.parametrize("n", range(1, 8))
def test_each_basis_vector_lives_on_the_coalitions_of_one_order(n):
    basis, blocks = schur_basis(n)
    column = 0
    for copies, dimension in blocks:
        for _ in range(copies):
            for k in range(dimension):
                order = (n - dimension + 1) // 2 + k
                assert orders(n)[basis[:, column] != 0].unique().tolist() == [order]
                column += 1


@pytest.mark.parametrize("n", range(2, 8))
def test_what_commutes_with_permutations_is_one_block_for_all_copies(n):
    z, d = dense(n)
    basis, blocks = schur_basis(n)
    turned = basis.T @ (z @ z.T + d @ d.T) @ basis
    start = 0
    for copies, dimension in blocks:
        first = turned[start : start + dimension, start : start + dimension].clone()
        for _ in range(copies):
            here = slice(start, start + dimension)
            torch.testing.assert_close(turned[here, here], first, rtol=1e-10, atol=1e-10)
            turned[here, here] = 0
            start += dimension
    assert turned.abs().max() < 1e-10 * 2.62**n, "something couples two blocks"


@pytest.mark.parametrize("n", range(1, 10))
def test_solve_inverts_with_another_shift_for_each_sample(n):
    operators, (z, d), values = CoverOperators(n, CPU), dense(n), vectors(n, len(SHIFTS))
    solved = operators.solve(values, operators.inverse(SHIFTS))
    system = z @ z.T + d @ d.T
    torch.testing.assert_close(solved @ system + SHIFTS[:, None] * solved, values, rtol=0, atol=1e-9)


@pytest.mark.parametrize("n", [1, 4, 7])
def test_one_shift_serves_a_whole_batch(n):
    operators, values = CoverOperators(n, CPU), vectors(n, 4)
    one, each = operators.inverse(torch.zeros(1).double()), operators.inverse(torch.zeros(4).double())
    torch.testing.assert_close(operators.solve(values, one), operators.solve(values, each), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("parts", [2, 3])
@pytest.mark.parametrize("n", range(1, 6))
def test_projection_meets_the_scores_by_the_shortest_way(n, parts):
    operators, (z, d) = CoverOperators(n, CPU), dense(n)
    weight = torch.tensor([0.5, 2.0, 7.0], dtype=torch.float64) if parts == 3 else torch.zeros(3, dtype=torch.float64)
    scores, point = vectors(n, 3, 1), vectors(n, 3 * parts, 2).view(parts, 3, 2**n)
    way = operators.project(point, operators.target(scores), weight, operators.inverse(weight**2))
    for sample in range(3):
        system = torch.cat((z, -d, weight[sample] * torch.eye(2**n, dtype=torch.float64))[:parts], 1)
        missing = scores[sample] - system @ point[:, sample].flatten()
        shortest = torch.linalg.lstsq(system, missing[:, None], driver="gelsd").solution[:, 0]
        torch.testing.assert_close(way[:, sample].flatten(), shortest, rtol=0, atol=1e-9)


@pytest.mark.parametrize("n", [10, 13])
def test_solve_inverts_where_dense_matrices_are_too_large(n):
    operators, values = CoverOperators(n, CPU), vectors(n, 2)
    shift = torch.tensor([0.0, 2.0], dtype=torch.float64)
    y = operators.solve(values, operators.inverse(shift))
    back = operators.contained(operators.containing(y)) + operators.disjoint(operators.disjoint(y)) + shift[:, None] * y
    torch.testing.assert_close(back, values, rtol=0, atol=1e-7)
