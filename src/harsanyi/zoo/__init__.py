"""Networks and data sets for the demo and the recipes."""
