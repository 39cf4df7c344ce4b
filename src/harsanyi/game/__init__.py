"""From a network and a sample to the scores of all coalitions."""
