"""Networks, samples and players from files and options."""
