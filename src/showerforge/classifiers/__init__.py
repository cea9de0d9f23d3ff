"""Classifiers of gammas against hadrons: cuts, ensembles and their training."""
