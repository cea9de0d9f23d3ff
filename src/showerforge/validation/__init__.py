"""The gates that synthetic events must pass, and the certificate that sums them up."""

from showerforge.validation.certificate import Certificate, Gate, Verdict
from showerforge.validation.gates import Margins, OwnGate
from showerforge.validation.table_certificate import certify
from showerforge.validation.yardstick import Evidence, Settings, Yardstick

__all__ = [
    "Certificate",
    "Evidence",
    "Gate",
    "Margins",
    "OwnGate",
    "Settings",
    "Verdict",
    "Yardstick",
    "certify",
]
