"""Figures of merit of gamma/hadron separation, with intervals and paired comparisons."""
