"""Theory of the training dynamics: the interactions that a network can hold while its parameters are noisy.

2407.19198 takes the network for a linear regression on the triggers J(T, S) = [S in T] of all coalitions, in
which the trigger of S carries noise of variance c_S = 2**|S| sigma2. The best weights are
    w_hat = M w_star,  M = (J'J + 2**n diag(c))^-1 J'J,
w_star being the interactions of the converged network. sigma2 falls during training; orders come back from low to high.

No matrix is built. J'J is the n-fold Kronecker power of A = [[2, 1], [1, 1]] and diag(c) is sigma2 times that of
B = diag(1, 2). With P' A P = diag(eigenvalues) and P' B P = 1, a 2 x 2 problem,
    M = (P x ... x P) diag(e / (e + 2**n sigma2)) (P x ... x P)^-1,
e being the products of n eigenvalues. Our construction.
"""

from harsanyi.core.theory.damping import predicted_interactions
from harsanyi.core.theory.noise_fit import NoiseFit, fit_sigma2, noise_grid
from harsanyi.core.theory.null_model import null_strength
from harsanyi.core.theory.predicted_strength import PredictedStrength, predicted_strength
from harsanyi.core.theory.row_norms import row_norm_ratios, row_norms

__all__ = [
    "NoiseFit",
    "PredictedStrength",
    "fit_sigma2",
    "noise_grid",
    "null_strength",
    "predicted_interactions",
    "predicted_strength",
    "row_norm_ratios",
    "row_norms",
]
