"""Recipes that train a network, keep checkpoints on a logarithmic schedule, and resume after a kill."""

from harsanyi.game.probed import Probed
from harsanyi.game.probes import Probes
from harsanyi.training.baselines import BaselineNetwork, read_baselines, train_baselines
from harsanyi.training.batches import epoch_batches
from harsanyi.training.course import Course
from harsanyi.training.factor_index import FactorIndex, FactorNetwork, FactorPair, read_factors
from harsanyi.training.factor_plan import FACTORS, NAMED_FACTOR_PLANS, Factor, FactorPlan, read_factor_plan
from harsanyi.training.factors import train_factors
from harsanyi.training.loop import train
from harsanyi.training.measures import Measures, measured
from harsanyi.training.named import NAMED_RECIPES, NamedRecipe, named_recipe
from harsanyi.training.plan import TrainingPlan, read_training_plan
from harsanyi.training.probes import train_probes
from harsanyi.training.recipe import Recipe
from harsanyi.training.schedule import checkpoint_epochs

__all__ = [
    "FACTORS",
    "NAMED_FACTOR_PLANS",
    "NAMED_RECIPES",
    "BaselineNetwork",
    "Course",
    "Factor",
    "FactorIndex",
    "FactorNetwork",
    "FactorPair",
    "FactorPlan",
    "Measures",
    "NamedRecipe",
    "Probed",
    "Probes",
    "Recipe",
    "TrainingPlan",
    "checkpoint_epochs",
    "epoch_batches",
    "measured",
    "named_recipe",
    "read_baselines",
    "read_factor_plan",
    "read_factors",
    "read_training_plan",
    "train",
    "train_baselines",
    "train_factors",
    "train_probes",
]
