"""Linear systems that do not change when the players are renumbered, solved in O(2**n) memory.

Z is the n-fold Kronecker power of [[1, 0], [1, 1]] (S in T) and D that of [[1, 1], [1, 0]] (S and T disjoint).
Z Z' + D D' + shift commutes with every permutation of the players. In the Schur basis of half of the players such an
operator is a block for each pair of irreducible representations (of the two halves), repeated once a copy: the
blocks are at most (n/2 + 1)^2 wide, so that a system with any shift, another one for each sample, costs
two small matrix products and a few smaller ones. Our construction, from Schur-Weyl duality.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from harsanyi.core.coalitions import orders

_IN = ((1.0, 0.0), (1.0, 1.0))
_DISJOINT = ((1.0, 1.0), (1.0, 0.0))


def kronecker_power(factor: tuple[tuple[float, float], tuple[float, float]], n: int) -> Tensor:
    """n-fold Kronecker power of a 2 x 2 matrix, float64, (2**n, 2**n); player 0 is the lowest bit."""
    power = torch.ones(1, 1, dtype=torch.float64)
    for _ in range(n):
        power = torch.kron(torch.tensor(factor, dtype=torch.float64), power)
    return power


def schur_basis(n: int) -> tuple[Tensor, list[tuple[int, int]]]:
    """Orthonormal basis in which the operators that commute with all permutations of n players are block diagonal.

    Args:
        n: number of players, 0 to about 12.

    Returns:
        The basis as columns, float64 (2**n, 2**n), and the blocks in their order as (copies, dimension): columns run
        over copies, then over the dimension, whose k-th vector lives on the coalitions of order n/2 - dimension/2 + k.

    Source: Schur-Weyl duality; lowest vectors are the kernel of the removal of one player, the others follow by
    adding one player.
    """
    order = orders(n) if n else torch.zeros(1, dtype=torch.int64)
    add = torch.zeros(1 << n, 1 << n, dtype=torch.float64)
    for player in range(n):
        without = torch.arange(1 << n)[(torch.arange(1 << n) >> player & 1) == 0]
        add[without | 1 << player, without] = 1.0
    columns, blocks = [], []
    for lowest in range(n // 2 + 1):
        here, below = order == lowest, order == lowest - 1
        remove = add.T[below][:, here]
        kernel = torch.linalg.svd(remove, full_matrices=True)[2][int(below.sum()) :].T
        vectors = torch.zeros(1 << n, kernel.shape[1], dtype=torch.float64)
        vectors[here] = kernel
        ladder = [vectors]
        for _ in range(n - 2 * lowest):
            raised = add @ ladder[-1]
            ladder.append(raised / raised.norm(dim=0))
        columns.append(torch.stack(ladder, -1).flatten(1))
        blocks.append((kernel.shape[1], len(ladder)))
    return torch.cat(columns, 1), blocks


@dataclass(frozen=True)
class _Block:
    """One pair of irreducible representations: where it lies, how often, and its eigensystem."""

    rows: slice
    columns: slice
    copies: tuple[int, int]
    dimensions: tuple[int, int]
    eigenvalues: Tensor  # (d,), d = product of the dimensions
    eigenvectors: Tensor  # (d, d)


class CoverOperators:
    """Z, D and the inverse of Z Z' + D D' + shift, for batches of float64 vectors of length 2**n.

    Args:
        n: number of players.
        device: where the vectors live.
    """

    def __init__(self, n: int, device: torch.device) -> None:
        self.n = n
        halves = (n // 2, n - n // 2)  # the higher and the lower players
        bases = [schur_basis(half) for half in halves]
        self._shape = (1 << halves[0], 1 << halves[1])
        self._in, self._disjoint = (
            tuple(kronecker_power(factor, half).to(device) for half in halves) for factor in (_IN, _DISJOINT)
        )
        self._basis = tuple(basis.to(device) for basis, _ in bases)
        high, low = self._basis
        self._left = torch.stack((high.T @ self._in[0], -high.T @ self._disjoint[0], high.T))
        self._right = torch.stack((self._in[1].T @ low, self._disjoint[1].T @ low, low))
        self._blocks = [
            _Block(block.rows, block.columns, block.copies, block.dimensions,
                   block.eigenvalues.to(device), block.eigenvectors.to(device))
            for block in _blocks(halves, bases)
        ]  # fmt: skip

    def _apply(self, factors: tuple[Tensor, ...], values: Tensor, transposed: bool = False) -> Tensor:
        high, low = factors
        grid = values.view(*values.shape[:-1], *self._shape)
        result: Tensor = high.T @ (grid @ low) if transposed else high @ (grid @ low.T)
        return result.flatten(-2)

    def contained(self, values: Tensor) -> Tensor:
        """Z values: for every T the sum over S in T."""
        return self._apply(self._in, values)

    def containing(self, values: Tensor) -> Tensor:
        """Z' values: for every S the sum over T that contain S."""
        return self._apply(self._in, values, transposed=True)

    def disjoint(self, values: Tensor) -> Tensor:
        """D values = D' values: for every T the sum over S disjoint from T."""
        return self._apply(self._disjoint, values)

    def inverse(self, shift: Tensor) -> list[Tensor]:
        """(Z Z' + D D' + shift)^-1 for each shift >= 0, (*batch,), as `solve` and `project` want it."""
        shift = shift[..., None, None]
        return [block.eigenvectors / (block.eigenvalues + shift) @ block.eigenvectors.T for block in self._blocks]

    def solve(self, values: Tensor, inverse: list[Tensor]) -> Tensor:
        """(Z Z' + D D' + shift)^-1 values, (*batch, 2**n)."""
        grid = self._apply(self._basis, values, transposed=True).view(-1, *self._shape)
        return self._apply(self._basis, self._solve_blocks(grid, inverse).view(values.shape))

    def _solve_blocks(self, grid: Tensor, inverse: list[Tensor]) -> Tensor:
        """The same for contiguous (batch, 2**high, 2**low) in the Schur basis, where the inverse is block diagonal."""
        solved = torch.empty_like(grid)
        batch, _, width = grid.shape
        for block, matrix in zip(self._blocks, inverse, strict=True):
            (high, low), (above, below) = block.copies, block.dimensions
            shape, strides = (batch, high, low, above, below), (grid[0].numel(), above * width, below, width, 1)
            offset = block.rows.start * width + block.columns.start
            part = grid.as_strided(shape, strides, offset).reshape(batch, high * low, above * below)
            solved.as_strided(shape, strides, offset).copy_((part @ matrix.flatten(0, -3)).view(shape))
        return solved

    def target(self, values: Tensor) -> Tensor:
        """Values in the Schur basis, as `project` wants them: (*batch, 2**high, 2**low)."""
        return self._apply(self._basis, values, transposed=True).view(*values.shape[:-1], *self._shape)

    def project(self, point: Tensor, target: Tensor, weight: Tensor, inverse: list[Tensor]) -> Tensor:
        """The way from points (a, b[, e]) to the nearest ones with Z a - D b + weight e = target.

        Args:
            point: (2 or 3, *batch, 2**n), contiguous.
            target: the `target` of the right-hand sides.
            weight: (*batch,).
            inverse: the `inverse` of weight**2, or of 0 without an e.

        Returns:
            (2 or 3, *batch, 2**n).
        """
        parts, batch = len(point), weight.numel()
        moved = torch.bmm(point.view(parts, -1, self._shape[1]), self._right[:parts]).view(parts, batch, *self._shape)
        weight = weight.view(-1, 1, 1)
        moved[2:] *= weight
        missing = target.flatten(0, -3)
        for left, part in zip(self._left, moved, strict=False):
            missing = torch.baddbmm(missing, left.expand(batch, -1, -1), part, alpha=-1)
        solved = self._solve_blocks(missing, inverse)
        for left, part in zip(self._left, moved, strict=False):
            torch.bmm(left.T.expand(batch, -1, -1), solved, out=part)
        moved[2:] *= weight
        back: Tensor = torch.bmm(moved.view(parts, -1, self._shape[1]), self._right[:parts].transpose(1, 2))
        return back.view(point.shape)


def _blocks(halves: tuple[int, int], bases: list[tuple[Tensor, list[tuple[int, int]]]]) -> list[_Block]:
    """Blocks of Z Z' + D D' in the product of the Schur bases of the two halves."""
    squares = [
        [power @ power.T for power in (kronecker_power(factor, half) for half in halves)] for factor in (_IN, _DISJOINT)
    ]
    result, row = [], 0
    for high_copies, high_dimension in bases[0][1]:
        column = 0
        high = bases[0][0][:, row : row + high_dimension]
        for low_copies, low_dimension in bases[1][1]:
            low = bases[1][0][:, column : column + low_dimension]
            matrix = sum(torch.kron(high.T @ square[0] @ high, low.T @ square[1] @ low) for square in squares)
            eigenvalues, eigenvectors = torch.linalg.eigh(matrix)
            result.append(
                _Block(
                    slice(row, row + high_copies * high_dimension),
                    slice(column, column + low_copies * low_dimension),
                    (high_copies, low_copies),
                    (high_dimension, low_dimension),
                    eigenvalues,
                    eigenvectors,
                )
            )
            column += low_copies * low_dimension
        row += high_copies * high_dimension
    return result
