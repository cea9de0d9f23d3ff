"""The generators of images by the names that parameters use."""

from collections.abc import Mapping

from showerforge.generators.catalogue import build, find_in
from showerforge.generators.images.gan import ConditionalGan
from showerforge.generators.images.interface import ImageGenerator
from showerforge.generators.images.light import LightMixture, LightVae
from showerforge.generators.images.published_vae import PublishedVae

IMAGE_GENERATORS: dict[str, type[ImageGenerator]] = {
    "published_vae": PublishedVae,
    "gan": ConditionalGan,
    "light_vae": LightVae,
    "light_mixture": LightMixture,
}


def build_image_generator(name: str, options: Mapping[str, object]) -> ImageGenerator:
    """Build a generator of images from its name and options; see `build`."""
    return build(find_in(IMAGE_GENERATORS, name), name, options)
