"""Dataset types of the catalog: verified download, atomic files, figures, models."""
