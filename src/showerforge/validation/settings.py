"""Parameters of certificates; see `showerforge.parameters`."""

from __future__ import annotations

from pydantic import Field, field_validator

from showerforge.blocks import Block, Share
from showerforge.validation.gates import OwnGate, with_own_gates


class MarginParameters(Block):
    """What passes: margins beyond the real-against-real band, and limits."""

    special_rate: Share = Field(
        description="rates of broken soft rules and repeated values, above the band"
    )
    ks_distance: Share = Field(description="Kolmogorov-Smirnov distance, above the band")
    wasserstein: float = Field(ge=0, description="shift in interquartile ranges, above the band")
    correlation: float = Field(ge=0, le=2, description="rank correlations, above the band")
    energy_distance: float = Field(ge=0, description="above the band")
    diversity: Share = Field(description="precision, recall and coverage, below the band")
    density: float = Field(ge=0, description="on either side of the band")
    authenticity: Share = Field(description="below the band")
    two_sample_auc: Share = Field(description="largest ROC-AUC of grade A")
    two_sample_auc_b: Share = Field(
        description="largest ROC-AUC of grade B; real events must be below it"
    )
    segment_share: Share = Field(description="largest share of events between training events")
    membership_auc: Share = Field(description="largest ROC-AUC of the membership attack")
    membership_found: Share = Field(
        description="largest share of training events recognised when 1 % of others are accused"
    )
    utility: Share = Field(description="loss of ROC-AUC and PR-AUC that counts as none")


class CertificateParameters(Block):
    """How a certificate is drawn up, whatever the experiment."""

    margins: MarginParameters
    n_repeats: int = Field(ge=5, le=10_000, description="real-against-real partitions")
    n_permutations: int = Field(ge=19, le=100_000, description="relabellings for a p-value")
    n_resamples: int = Field(ge=100, le=20_000, description="bootstrap resamples")
    minimum_events: int = Field(
        ge=20, description="fewest events of either side by which a distribution is judged"
    )
    maximum_compared: int = Field(
        ge=100, description="most events of either side in a comparison of distributions"
    )
    own_gates: list[OwnGate] = Field(
        default_factory=list, description="gates of your own: docs/own-gate.md"
    )

    @field_validator("own_gates")
    @classmethod
    def _have_names_of_their_own(cls, own_gates: list[OwnGate]) -> list[OwnGate]:
        with_own_gates(own_gates)
        return own_gates
