"""Pictures on matplotlib: each takes `ax` or `figure`, returns it, and never touches global state.

Without one a picture makes its own figure, which pyplot knows nothing of: nothing stays open and no setting changes.
A notebook shows it as `result.plot.top_interactions().figure`; a file gets it by `….figure.savefig("top.png")`. With
`ax` or `figure`, pyplot's or any other, the picture is drawn there.

Colours are told apart with every kind of colour vision, and none is the only sign of anything: positive and negative
also differ by direction or a written sign, AND and OR by hatch, mark or outline. Names and sentences are drawn as they
stand, never read as formulas.
"""

from harsanyi.plots.class_similarity import similarity_by_order
from harsanyi.plots.confusion import confusion_course, confusion_scatter
from harsanyi.plots.detection import detection_curves
from harsanyi.plots.effects import sorted_effects
from harsanyi.plots.generalization import generalization_bars, generalization_rate
from harsanyi.plots.generalization_course import generalization_course
from harsanyi.plots.generalization_training import generalization_training
from harsanyi.plots.groups import group_comparison
from harsanyi.plots.heat_map import order_heat_map
from harsanyi.plots.intervention import intervention_bars
from harsanyi.plots.kinds import sample_kind
from harsanyi.plots.layer_flow import layer_flow
from harsanyi.plots.layer_followed import followed_interactions
from harsanyi.plots.layer_heat_map import layer_heat_map
from harsanyi.plots.layer_orders import capacity_by_order, stability_by_order
from harsanyi.plots.layer_parts import layer_parts
from harsanyi.plots.layer_shares import layer_shares
from harsanyi.plots.on_sample import top_on_sample
from harsanyi.plots.orders import strength_by_order
from harsanyi.plots.overlap import factor_bars, overlap_matrix
from harsanyi.plots.pairwise import pairwise_strength
from harsanyi.plots.patches import interaction_on_image, top_patches
from harsanyi.plots.phases import phases
from harsanyi.plots.points import interaction_on_points, top_clusters
from harsanyi.plots.reproduction import reproduction
from harsanyi.plots.sentence import interaction_on_sentence, top_words
from harsanyi.plots.sharing import sharing_figure
from harsanyi.plots.theory import theory_fit
from harsanyi.plots.top import top_interactions
from harsanyi.plots.training import training_figure

__all__ = [
    "capacity_by_order",
    "confusion_course",
    "confusion_scatter",
    "detection_curves",
    "factor_bars",
    "followed_interactions",
    "generalization_bars",
    "generalization_course",
    "generalization_rate",
    "generalization_training",
    "group_comparison",
    "interaction_on_image",
    "interaction_on_points",
    "interaction_on_sentence",
    "intervention_bars",
    "layer_flow",
    "layer_heat_map",
    "layer_parts",
    "layer_shares",
    "order_heat_map",
    "overlap_matrix",
    "pairwise_strength",
    "phases",
    "reproduction",
    "sample_kind",
    "sharing_figure",
    "similarity_by_order",
    "sorted_effects",
    "stability_by_order",
    "strength_by_order",
    "theory_fit",
    "top_clusters",
    "top_interactions",
    "top_on_sample",
    "top_patches",
    "top_words",
    "training_figure",
]
