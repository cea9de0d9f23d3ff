"""Wiring: the five stages, each a Kedro pipeline of thin nodes."""
