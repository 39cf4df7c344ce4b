"""Findings from interactions: pure functions on labelled results; nothing here runs a network."""

from harsanyi.analysis.and_alone import and_alone
from harsanyi.analysis.bootstrap import Bootstrap, Estimate
from harsanyi.analysis.capacity import GeneralizationCapacity, generalization_capacity
from harsanyi.analysis.chance import expected_jaccard
from harsanyi.analysis.class_similarity import ClassSimilarity, class_similarity
from harsanyi.analysis.confusion import Confusion, ScoreAgreement, confusion
from harsanyi.analysis.confusion_course import ConfusionCourse, confusion_course
from harsanyi.analysis.confusion_rule import ConfusionRule
from harsanyi.analysis.detection import Detection, detection, suspicion
from harsanyi.analysis.dynamics import Dynamics
from harsanyi.analysis.factor_overlap import FactorOverlap, factor_overlap
from harsanyi.analysis.generalization import Generalization, generalizes
from harsanyi.analysis.generalization_dynamics import GeneralizationDynamics, generalization_dynamics
from harsanyi.analysis.groups import GroupComparison, compare_groups
from harsanyi.analysis.intervention import Intervention, intervention
from harsanyi.analysis.layer_by_layer import LayerByLayer, layer_by_layer
from harsanyi.analysis.layer_course import LayerCourse, layer_course
from harsanyi.analysis.layer_pairs import LayerPairs
from harsanyi.analysis.overlap import ConfusionOverlap, confusion_overlap
from harsanyi.analysis.performance import Performance
from harsanyi.analysis.phases import Moment
from harsanyi.analysis.references import Reference, extracted_again, permuted
from harsanyi.analysis.sharing import Sharing, sharing
from harsanyi.analysis.stability import Stability, stability
from harsanyi.analysis.theory_fit import TheoryFit, fit_theory
from harsanyi.analysis.training import training_dynamics
from harsanyi.analysis.transfer import TransferRule

__all__ = [
    "Bootstrap",
    "ClassSimilarity",
    "Confusion",
    "ConfusionCourse",
    "ConfusionOverlap",
    "ConfusionRule",
    "Detection",
    "Dynamics",
    "Estimate",
    "FactorOverlap",
    "Generalization",
    "GeneralizationCapacity",
    "GeneralizationDynamics",
    "GroupComparison",
    "Intervention",
    "LayerByLayer",
    "LayerCourse",
    "LayerPairs",
    "Moment",
    "Performance",
    "Reference",
    "ScoreAgreement",
    "Sharing",
    "Stability",
    "TheoryFit",
    "TransferRule",
    "and_alone",
    "class_similarity",
    "compare_groups",
    "confusion",
    "confusion_course",
    "confusion_overlap",
    "detection",
    "expected_jaccard",
    "extracted_again",
    "factor_overlap",
    "fit_theory",
    "generalization_capacity",
    "generalization_dynamics",
    "generalizes",
    "intervention",
    "layer_by_layer",
    "layer_course",
    "permuted",
    "sharing",
    "stability",
    "suspicion",
    "training_dynamics",
]
