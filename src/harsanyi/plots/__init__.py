"""Pictures on matplotlib: each takes `ax`, returns it, and never touches global state.

Without `ax` a picture makes its own figure, which pyplot knows nothing of: nothing stays open and no setting changes.
A notebook shows it as `result.plot.top_interactions().figure`; a file gets it by `….figure.savefig("top.png")`. With
`ax`, of pyplot's figure or any other, the picture is drawn there.

Colours are told apart with every kind of colour vision, and none is the only sign of anything: positive and negative
also differ by direction or a written sign, AND and OR by hatch, mark or outline. Names and sentences are drawn as they
stand, never read as formulas.
"""

from harsanyi.plots.effects import sorted_effects
from harsanyi.plots.kinds import sample_kind
from harsanyi.plots.on_sample import top_on_sample
from harsanyi.plots.orders import strength_by_order
from harsanyi.plots.patches import interaction_on_image, top_patches
from harsanyi.plots.points import interaction_on_points, top_clusters
from harsanyi.plots.reproduction import reproduction
from harsanyi.plots.sentence import interaction_on_sentence, top_words
from harsanyi.plots.top import top_interactions

__all__ = [
    "interaction_on_image",
    "interaction_on_points",
    "interaction_on_sentence",
    "reproduction",
    "sample_kind",
    "sorted_effects",
    "strength_by_order",
    "top_clusters",
    "top_interactions",
    "top_on_sample",
    "top_patches",
    "top_words",
]
