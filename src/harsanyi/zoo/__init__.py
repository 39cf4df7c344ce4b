"""Networks and data sets for the demo and the recipes."""

from harsanyi.zoo.data import Data, Scaling, Source, select, standardised
from harsanyi.zoo.hub import HubSet
from harsanyi.zoo.load import NAMES, load_data
from harsanyi.zoo.selection import Selection

__all__ = ["NAMES", "Data", "HubSet", "Scaling", "Selection", "Source", "load_data", "select", "standardised"]
