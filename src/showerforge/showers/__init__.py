"""Air-shower Monte Carlo and detector response."""
