"""What every test runs under: checked shapes in the mathematics, and hypothesis without surprises."""

import os

import jaxtyping
import pytest
from hypothesis import settings

# Shapes in the annotations of these modules are checked at every call. The others are left out because their tests
# give wrong types on purpose, or count the frames between a warning and the user's line (each check adds one).
_CHECKED = ["coalitions", "transforms", "strength", "salience", "certificate", "iteration", "symmetric"]
jaxtyping.install_import_hook(
    [f"harsanyi.core.{module}" for module in _CHECKED],
    "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))",  # an int where a float is asked for is fine
)

settings.register_profile("here", deadline=None, max_examples=30)
settings.register_profile("ci", deadline=None, max_examples=30, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture
def unchecked():
    """Annotations are not enforced, as for a user: the package's own errors come out."""
    before = jaxtyping.config.jaxtyping_disable
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", before)
