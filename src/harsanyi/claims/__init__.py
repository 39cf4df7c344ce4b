"""The papers' claims that can be checked, each measured on small networks, with what would refute it."""

from harsanyi.claims.catalogue import CLAIMS
from harsanyi.claims.claim import Claim, Verdict
from harsanyi.claims.run import Checked, check_claims
from harsanyi.claims.sizes import FULL, QUICK, Sizes

__all__ = ["CLAIMS", "FULL", "QUICK", "Checked", "Claim", "Sizes", "Verdict", "check_claims"]
