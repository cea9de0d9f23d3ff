"""Everything that is measured of sets of images, each declared once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Better(StrEnum):
    """Which values of a quantity are good."""

    LOW = "lower is better"
    HIGH = "higher is better"
    NEAR = "as of Monte Carlo"


class Topic(StrEnum):
    """What a quantity is about."""

    PIXELS = "pixels"
    LIKENESS = "likeness"
    CONDITIONS = "conditions"
    ACCEPTANCE = "acceptance by independent software"
    MEMORISATION = "memorisation"
    DIVERSITY = "diversity"


@dataclass(frozen=True)
class ImageMetric:
    """A quantity that is measured of a set of images.

    Attributes
    ----------
    name : key in tables.
    topic : what it is about.
    label : short name for people.
    unit : of the values, empty for pure numbers.
    better : which values are good.
    meaning : definition.
    is_share : whether it is a share, which people read in per cent.
    """

    name: str
    topic: Topic
    label: str
    unit: str
    better: Better
    meaning: str
    is_share: bool = False


IMAGE_METRICS: dict[str, ImageMetric] = {
    metric.name: metric
    for metric in (
        ImageMetric(
            "occupancy_largest",
            Topic.PIXELS,
            "occupancy, largest difference",
            "",
            Better.LOW,
            "largest difference, over the pixels, of the share of images in which one is lit",
            True,
        ),
        ImageMetric(
            "occupancy_mean",
            Topic.PIXELS,
            "occupancy, mean difference",
            "",
            Better.LOW,
            "mean absolute difference of the same shares",
            True,
        ),
        ImageMetric(
            "charge_ks",
            Topic.PIXELS,
            "charge of a lit pixel, KS",
            "",
            Better.LOW,
            "largest difference between the cumulative distributions of the charge",
        ),
        ImageMetric(
            "charge_shift",
            Topic.PIXELS,
            "charge of a lit pixel, shift",
            "dex",
            Better.LOW,
            "Wasserstein distance of log10 of the charge",
        ),
        ImageMetric(
            "lit_pixels_ks",
            Topic.PIXELS,
            "number of lit pixels, KS",
            "",
            Better.LOW,
            "largest difference between the cumulative distributions of the number",
        ),
        ImageMetric(
            "lit_pixels_shift",
            Topic.PIXELS,
            "number of lit pixels, shift",
            "pixels",
            Better.LOW,
            "Wasserstein distance of the number",
        ),
        ImageMetric(
            "frechet_distance",
            Topic.LIKENESS,
            "Fréchet physics distance",
            "",
            Better.LOW,
            "distance of the Gaussians of the same mean and covariance, for infinitely many "
            "images (Kansal et al. 2022, arXiv:2211.10295)",
        ),
        ImageMetric(
            "network_auc",
            Topic.LIKENESS,
            "two-sample ROC-AUC of a network on images",
            "",
            Better.LOW,
            "chance that a network that is trained to tell generated from simulated images ranks "
            "a pair of them rightly; 0.5 is guessing",
        ),
        ImageMetric(
            "size_lost",
            Topic.CONDITIONS,
            "images lost",
            "",
            Better.NEAR,
            "share of the images that the cleaning or a cut leaves nothing of to be measured; "
            "simulated ones have passed both",
            True,
        ),
        ImageMetric(
            "size_error_mean",
            Topic.CONDITIONS,
            "size, mean relative error",
            "",
            Better.LOW,
            "mean of |obtained - requested| / requested",
            True,
        ),
        ImageMetric(
            "size_error_median",
            Topic.CONDITIONS,
            "size, median relative error",
            "",
            Better.LOW,
            "median of |obtained - requested| / requested",
            True,
        ),
        ImageMetric(
            "size_correlation",
            Topic.CONDITIONS,
            "size, correlation",
            "",
            Better.HIGH,
            "Pearson correlation of requested and obtained sizes",
        ),
        ImageMetric(
            "size_log_correlation",
            Topic.CONDITIONS,
            "log size, correlation",
            "",
            Better.HIGH,
            "Pearson correlation of their logarithms",
        ),
        ImageMetric(
            "energy_bias",
            Topic.CONDITIONS,
            "energy, bias",
            "dex",
            Better.NEAR,
            "median of log10(reconstructed / requested energy), by a regressor that knows "
            "simulated images only",
        ),
        ImageMetric(
            "energy_resolution",
            Topic.CONDITIONS,
            "energy, resolution",
            "dex",
            Better.NEAR,
            "half width of the central 68 % of the same",
        ),
        ImageMetric(
            "energy_class_share",
            Topic.CONDITIONS,
            "energy class as requested",
            "",
            Better.NEAR,
            "share of images whose reconstructed energy is in the requested class",
            True,
        ),
        ImageMetric(
            "impact_bias",
            Topic.CONDITIONS,
            "impact, bias",
            "m",
            Better.NEAR,
            "median of reconstructed - requested impact, by such a regressor",
        ),
        ImageMetric(
            "impact_resolution",
            Topic.CONDITIONS,
            "impact, resolution",
            "m",
            Better.NEAR,
            "half width of the central 68 % of the same",
        ),
        ImageMetric(
            "ctapipe_accepted",
            Topic.ACCEPTANCE,
            "accepted by ctapipe",
            "",
            Better.NEAR,
            "share of all drawn images that pass quality cuts on ctapipe's own parameters; "
            "simulated ones have passed such cuts here before",
            True,
        ),
        ImageMetric(
            "gammaness_kept",
            Topic.ACCEPTANCE,
            "gammaness above the working point",
            "",
            Better.NEAR,
            "share of images that a classifier trained on simulated images calls gammas",
            True,
        ),
        ImageMetric(
            "gammaness_mean",
            Topic.ACCEPTANCE,
            "gammaness, mean",
            "",
            Better.NEAR,
            "mean score of the same classifier",
        ),
        ImageMetric(
            "gammaness_change",
            Topic.ACCEPTANCE,
            "gammaness, change of the mean",
            "",
            Better.NEAR,
            "mean score less that of the Monte Carlo test images",
        ),
        ImageMetric(
            "training_distance",
            Topic.MEMORISATION,
            "distance to the nearest training image, median",
            "",
            Better.NEAR,
            "between images of asinh charges, scaled to length 1, whichever way they are turned",
        ),
        ImageMetric(
            "closer_share",
            Topic.MEMORISATION,
            "closer to training than 1 % of the test images",
            "",
            Better.LOW,
            "share of images closer to a training image than the 1 % quantile of test images",
            True,
        ),
        ImageMetric(
            "copied_share",
            Topic.MEMORISATION,
            "exact copies of training images",
            "",
            Better.LOW,
            "share of images that equal a training image but for a turn and a factor",
            True,
        ),
        ImageMetric(
            "pair_distance",
            Topic.DIVERSITY,
            "distance between images, mean",
            "",
            Better.NEAR,
            "mean distance of two images of the set, in the scale of the memorisation",
        ),
        ImageMetric(
            "twin_share",
            Topic.DIVERSITY,
            "images with a near twin",
            "",
            Better.LOW,
            "share of images closer to another one of the set than the 1 % quantile of test images",
            True,
        ),
        ImageMetric(
            "distinct_share",
            Topic.DIVERSITY,
            "distinct images",
            "",
            Better.HIGH,
            "share of images that do not repeat an earlier one but for a turn and a factor",
            True,
        ),
        ImageMetric(
            "precision",
            Topic.DIVERSITY,
            "precision",
            "",
            Better.NEAR,
            "share of images among test images (see showerforge.validation.diversity)",
            True,
        ),
        ImageMetric(
            "density",
            Topic.DIVERSITY,
            "density",
            "",
            Better.NEAR,
            "among how many test images, relative to what is expected",
        ),
        ImageMetric(
            "recall",
            Topic.DIVERSITY,
            "recall",
            "",
            Better.NEAR,
            "share of test images among the images of the set",
            True,
        ),
        ImageMetric(
            "coverage",
            Topic.DIVERSITY,
            "coverage",
            "",
            Better.NEAR,
            "share of test images with an image of the set nearby",
            True,
        ),
    )
}
