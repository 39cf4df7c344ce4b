"""Studies: many extractions, stored, resumable, on one machine or many."""

from harsanyi.study.layer_plan import LayerPlan
from harsanyi.study.network_plan import NetworkPlan
from harsanyi.study.plan import Plan, find_plan, read_plan
from harsanyi.study.status import Status
from harsanyi.study.study import Study

__all__ = ["LayerPlan", "NetworkPlan", "Plan", "Status", "Study", "find_plan", "read_plan"]
