"""The recipe of the documentation, and small files of the public structure."""

import re
from pathlib import Path

import h5py
import numpy as np
import yaml
from toys import PROJECT

from showerforge.calorimeter.columns import IMAGE_SHAPE, LABEL_OF_PARTICLE
from showerforge.calorimeter.settings import ClassFilesRecipe


def shipped_recipe() -> dict:
    """Read the recipe that docs/calorimeter.md recommends, with fewer images."""
    text = (PROJECT / "docs/calorimeter.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(.*?)```", text, flags=re.DOTALL)
    (entry,) = yaml.safe_load(block).values()
    return entry["recipe"] | {"n_images": 30, "images_per_block": 20, "n_jobs": 1}


def make_recipe(**blocks) -> ClassFilesRecipe:
    """Make a recipe with some parameters of some blocks changed."""
    recipe = shipped_recipe()
    for name, changes in blocks.items():
        recipe[name] = recipe[name] | changes if isinstance(changes, dict) else changes
    return ClassFilesRecipe.model_validate(recipe)


def write_file(path: Path, particle: str, n: int = 10, **changes) -> np.ndarray:
    """Write a file of random images, as dask wrote the public ones; `X`, `y` may be changed."""
    generator = np.random.default_rng(n + LABEL_OF_PARTICLE[particle])
    images = generator.exponential(0.01, (n, *IMAGE_SHAPE)).astype(np.float32)
    content = {
        "X": images,
        "y": np.full(n, LABEL_OF_PARTICLE[particle], dtype=np.float32),
        **changes,
    }
    with h5py.File(path, "w") as file:
        for name, values in content.items():
            if values is not None:
                chunks = (min(len(values), 4), *values.shape[1:]) if len(values) else None
                compression = "lzf" if chunks else None
                file.create_dataset(name, data=values, chunks=chunks, compression=compression)
    return content["X"]
