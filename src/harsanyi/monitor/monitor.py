"""Interactions of a few samples, watched while a network trains."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from harsanyi.analysis import Dynamics, training_dynamics
from harsanyi.core.errors import ArgumentError, HarsanyiError
from harsanyi.core.salience import SalienceRule
from harsanyi.core.warning import warn_user
from harsanyi.game.asking import Labels
from harsanyi.game.masking import Players
from harsanyi.game.network import Network, OutputChoice
from harsanyi.game.posing import PosingPlayers
from harsanyi.game.scores import LogOdds, Score
from harsanyi.interactions import Interactions
from harsanyi.monitor.cost import Cost, Meter
from harsanyi.monitor.folder import SCALARS, Folder
from harsanyi.monitor.identity import identity
from harsanyi.monitor.measures import Loss, loss_value, measured
from harsanyi.monitor.question import Question
from harsanyi.monitor.scalars import Scalars
from harsanyi.monitor.schedule import AtSteps, as_schedule, checked_step
from harsanyi.monitor.untouched import inner, leads, settle, untouched

if TYPE_CHECKING:
    import pandas as pd


class Monitor:
    """Extracts interactions of a few fixed samples at chosen steps of a training, and logs what they show.

    Call `step` at every step of the training loop; it takes about a microsecond where nothing is due. The training goes
    on as if nobody had looked: training flags, gradients, autocast and the random generators are as before, and the
    weights that come out are the same to the last bit. The folder holds a row for each logged step (monitor.csv),
    the interactions (step-….npz), what they are of (monitor.json), and, where TensorBoard is installed, its files.
    A training that resumes with the same folder goes on behind the last step that was logged.

    With several processes only rank zero extracts; the parameters must be whole there.

    Args:
        inputs: the samples, as `extract` takes them; a few will do, for each costs 2**n runs of the network a step.
        labels: class of each sample, integers (samples,), or one for all; nothing only for scores without labels.
        players: as for `extract`.
        folder: new, empty, or that of the same monitor in an earlier run of the training.
        score: as for `extract`; `LogOdds()` unless given.
        noise: error allowed on every score, as a share of |v(N) - v(empty)| of the sample, in [0, 1).
        max_gap: certified relative gap of the sparsity objective, in (0, 1].
        output: which output of the network to score, as for `extract`.
        batch_size: masked inputs at once; nothing chooses it from the network.
        autocast: "bfloat16" or "float16" to look at the network under torch.autocast; else it runs in its own dtype,
            whatever the training does.
        at_steps: steps that are due: a sequence, a function of the step, or nothing for 0, 1 and then steps that grow
            by `ratio`. A step that the loop passes over is due at the next one; a function is asked at every step.
        ratio: of a step to the one before it where `at_steps` is nothing, >= 1.01; 2 for 0, 1, 2, 4, 8, ….
        share: most of the time of the training that the work may take, in (0, 1]. Steps that are due are skipped while
            one more extraction, at the cost of the last, would break it; the first is never skipped.
        salience: rule for the effects that count, as for `Interactions.salient`; nothing counts every effect.
        tensorboard: True for scalars in TensorBoard's files, in the folder; nothing for them where TensorBoard is
            installed; False for none; or a SummaryWriter.

    Raises:
        ArgumentError: an argument that cannot be used, or a folder of other samples, players or score.
        ImportError: `tensorboard` is True and TensorBoard is not installed.

    Example:
        >>> import tempfile
        >>> from harsanyi import Columns
        >>> x = torch.rand(64, 3)
        >>> y = (x[:, 0] * x[:, 1] > 0.25).long()
        >>> network = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
        >>> optimizer = torch.optim.Adam(network.parameters())
        >>> monitor = Monitor(x[:4], y[:4], players=Columns(), folder=tempfile.mkdtemp(), ratio=2, share=1)
        >>> for step in range(10):
        ...     loss = torch.nn.functional.cross_entropy(network(x), y)
        ...     _ = monitor.step(network, step, train_loss=loss)
        ...     optimizer.zero_grad()
        ...     loss.backward()
        ...     optimizer.step()
        >>> monitor.table().index.tolist(), monitor.dynamics().mean_order.value.shape
        ([0, 1, 2, 4, 8], (5,))

    Source: strength by order, mean order and salient count as in `training_dynamics`; the bound on the time is ours.
    """

    def __init__(
        self,
        inputs: Any,
        labels: Labels = None,
        *,
        players: Players | PosingPlayers,
        folder: str | Path,
        score: Score | None = None,
        noise: float = 0.02,
        max_gap: float = 0.01,
        output: OutputChoice = None,
        batch_size: int | None = None,
        autocast: str | torch.dtype | None = None,
        at_steps: AtSteps = None,
        ratio: float = 1.25,
        share: float = 0.05,
        salience: SalienceRule | str | None = "score_range",
        tensorboard: Any = None,
    ) -> None:
        chosen = LogOdds() if score is None else score
        question = Question(inputs, labels, players, chosen, noise, max_gap, output, batch_size, autocast)
        question.check_salience(salience)
        self._question, self._salience = question, salience
        self._schedule = as_schedule(at_steps, ratio)
        self._folder = Folder(Path(folder), identity(question, salience))
        self._scalars = Scalars(tensorboard, Path(folder) / SCALARS)
        self._meter = Meter(share, self._folder.cost, self._folder.last_seconds)
        self._begun = self._tried = self._proven = False
        self._next = self._schedule.after(max(self.steps, default=-1))

    def step(
        self, network: Network, step: int, *, train_loss: Loss = None, test_loss: Loss = None
    ) -> Interactions | None:
        """Look at the network if the step is due and the bound on the time allows it.

        Args:
            network: the network in training, with the parameters of this step.
            step: number of the step, >= 0; those that are not behind the last one logged are left out.
            train_loss: to be logged beside: a number, a tensor of one (read only if the step is logged), or a function
                of the network (called only then, in evaluation mode, without gradients).
            test_loss: likewise.

        Returns:
            The interactions if the step was logged.

        Raises:
            ArgumentError: the first time, a step that is no number, samples or players that do not fit the network.
            NetworkError: the first time, the network fails.

        Warns:
            UserWarning: the training begins anew in a folder that holds steps of another one; 5 due steps in a row
                were skipped for the bound; later, an extraction failed (scores that are not finite, a full disk).
                The training goes on.
        """
        self._meter.tick()
        if not self._begun:
            self._begin(step)
        if step < self._next or not self._schedule.holds(step):
            if not self._tried:
                self._try(network)
            return None
        self._next = self._schedule.after(step)
        if not leads():
            return None
        if not self._meter.allows():
            self._meter.skip_for_share()
            return None
        try:
            return self.log(network, step, train_loss=train_loss, test_loss=test_loss)
        except (HarsanyiError, OSError) as error:
            if not self._proven:
                raise
            self._meter.skip()
            warn_user(f"the interactions of step {step} are not logged: {error}")
            return None

    def log(
        self, network: Network, step: int, *, train_loss: Loss = None, test_loss: Loss = None
    ) -> Interactions | None:
        """Look at the network now, whatever schedule and bound say: at the end of a training, for instance.

        Args:
            network: as for `step`.
            step: as for `step`.
            train_loss: as for `step`.
            test_loss: as for `step`.

        Returns:
            The interactions; nothing where this step, or a later one, is logged already.

        Raises:
            ArgumentError: samples, players or losses that do not fit.
            NetworkError: the network fails, or its outputs cannot be scored.
        """
        step = checked_step(step)
        if not self._begun:
            self._begin(step)
        if step <= max(self.steps, default=-1):
            return None
        network = inner(network)
        with self._work(network) as seconds:
            found = self._question.answer(network)
            losses = {"train_loss": train_loss, "test_loss": test_loss}
            known = {name: loss_value(name, loss, network) for name, loss in losses.items()}
            row = {**known, **measured(found, self._salience), "seconds": seconds()}
            self._scalars.add(step, row)
            row |= {"seconds": seconds(), "training_seconds": self.cost.training_seconds, "skipped": self.cost.skipped}
            self._folder.keep(step, found, row)
        self._tried = self._proven = True
        self._next = max(self._next, self._schedule.after(step))
        return found

    def _begin(self, step: int) -> None:
        """Look at the first step of this process: one that is no number, or that the folder has from before."""
        self._begun, known = True, self.steps
        if checked_step(step) <= min(known, default=-1) and leads():
            seen = f"steps {known[0]} to {known[-1]}" if len(known) > 1 else f"step {known[0]}"
            warn_user(
                f"{self._folder.path} holds {seen} of an earlier training; steps up to {known[-1]} are not logged "
                "again. For a new training take a new folder"
            )

    def _try(self, network: Network) -> None:
        """Refuse what does not fit when the training starts, not when the first step is due."""
        self._tried = True
        if leads():
            with self._work(inner(network), typical=False):
                self._question.check(inner(network))

    @contextmanager
    def _work(self, network: Network, typical: bool = True) -> Iterator[Callable[[], float]]:
        """Own work that leaves no trace in the training; what the device still does for that is not counted."""
        settle(network)
        with self._meter.work(typical) as seconds, untouched(network):
            yield seconds

    # What was seen -----------------------------------------------------------------------------------------------

    @property
    def steps(self) -> tuple[int, ...]:
        """The steps that were logged, rising."""
        return self._folder.steps

    @property
    def cost(self) -> Cost:
        """Seconds of the monitor's work, its share of the time of the training, and how many due steps were skipped."""
        return self._meter.cost

    def interactions(self, step: int) -> Interactions:
        """What was extracted at a step.

        Args:
            step: one of `steps`.

        Returns:
            The `Interactions`.

        Raises:
            ArgumentError: a step that was not logged, or its file is gone or damaged.
        """
        return self._folder.load(step)

    def table(self) -> pd.DataFrame:
        """One row a logged step.

        Returns:
            Index: step. Columns: train_loss and test_loss (NaN where not given), mean_order, salient_count,
            positive_k (J_pos) and negative_k (J_neg <= 0) for every order k, the mean over the samples; seconds (of
            this step), training_seconds and skipped (until this step).
        """
        import pandas as pd

        rows = self._folder.rows
        index = pd.Index(self.steps, name="step", dtype="int64")
        return pd.DataFrame(rows, index=index).drop(columns="step", errors="ignore")

    def dynamics(self) -> Dynamics:
        """What was seen so far as dynamics: phases, the loss gap where both losses are known at every step, intervals.

        Returns:
            The `Dynamics`, see `training_dynamics`.

        Raises:
            ArgumentError: nothing is logged yet, or a file is gone or damaged.
        """
        if not self.steps:
            raise ArgumentError("folder", f"{self._folder.path}, without a logged step", "one or more logged steps")
        losses = np.array([[row["train_loss"], row["test_loss"]] for row in self._folder.rows])
        train, test = losses.T if np.isfinite(losses).all() else (None, None)
        return training_dynamics(self._folder.load_all(), train, test, salience=self._salience)

    def __repr__(self) -> str:
        if not self.steps:
            return f"Monitor: no step logged yet in {self._folder.path}"
        last, cost, count = self._folder.rows[-1], self.cost, len(self.steps)
        return "\n".join((
            f"Monitor: {count} step{'s' * (count > 1)} logged in {self._folder.path}",
            f"  step {last['step']:.0f}: mean order {last['mean_order']:.2f}, "
            f"{last['salient_count']:.1f} salient effects a sample",
            f"  cost: {cost.seconds:.3g} s, {100 * cost.share:.2g} % of the time of the training; "
            f"{cost.skipped} due step{'s' * (cost.skipped != 1)} skipped",
        ))  # fmt: skip
