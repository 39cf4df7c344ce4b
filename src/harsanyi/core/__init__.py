"""Mathematics on plain tensors; nothing here knows of networks, samples or files."""
