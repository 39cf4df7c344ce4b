"""Does the score of a sample depend on what else is in its batch?"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from harsanyi.core.warning import warn_user
from harsanyi.game.masking import Masking
from harsanyi.game.network import Network, out_of_memory, run
from harsanyi.game.posing import Posed
from harsanyi.game.scores import Score

_MODE = (
    ". A function runs as it is: where it calls a module, call module.eval() first, for dropout and batch normalisation"
)


def warn_of_company(network: Network, posed: Posed, masking: Masking, label: Tensor, score: Score) -> None:
    """Warn where the scores of a sample, whole and with nothing shown, are others when each runs alone.

    Args:
        network: the user's own; only a module is known to run in evaluation mode.
        posed: the question.
        masking: of the sample.
        label: of the sample, (1, ...).
        score: of outputs and labels.
    """
    ends = torch.tensor([[True], [False]], device=masking.sample.device).expand(2, len(masking.names))
    inputs = masking.apply(ends)

    def scores(rows: Tensor) -> Tensor:
        context = tuple(values.expand(len(rows), *values.shape).clone() for values in masking.context)
        outputs = run(posed.network, rows.clone(), posed.output, context)
        return score(outputs, label.expand(len(rows), *label.shape[1:]).to(outputs.device)).double()

    try:
        together, alone = scores(inputs), torch.cat([scores(row[None]) for row in inputs])
    except Exception as error:
        if out_of_memory(error):  # a batch of two is too large: what runs alone depends on nothing
            return
        raise
    if not bool(together.isfinite().all()):  # said later, with the coalition
        return
    precision = torch.finfo(inputs.dtype).eps if inputs.is_floating_point() else torch.finfo(torch.float32).eps
    difference = float((together - alone).abs().max())
    reach, size = float((together[0] - together[1]).abs().max()), float(together.abs().max())
    if not difference <= 0.01 * reach + 100 * precision * size:
        warn_user(
            f"the score of a sample changes by {difference:.3g} when it runs alone: the network is random, or looks at "
            f"the other samples of a batch, and so will every effect{'' if isinstance(network, nn.Module) else _MODE}"
        )
