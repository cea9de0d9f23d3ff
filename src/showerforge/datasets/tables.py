"""Tables."""

from kedro_datasets import pandas

from showerforge.datasets.atomic import AtomicSave


class CSVDataset(AtomicSave, pandas.CSVDataset):
    """Table as comma-separated text, for small tables that people open."""


class ParquetDataset(AtomicSave, pandas.ParquetDataset):
    """Table as Parquet."""
