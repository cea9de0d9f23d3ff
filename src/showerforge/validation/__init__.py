"""The gates that synthetic events must pass, and the certificate that sums them up."""
