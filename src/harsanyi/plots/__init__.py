"""Pictures on matplotlib: each takes `ax`, returns it, and never touches global state."""
