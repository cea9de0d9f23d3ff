"""What is written where events come from the embedded Monte Carlo."""

#: in the footer of figures and in the head of reports
MONTE_CARLO = "SIMULATED BY THE EMBEDDED MONTE CARLO"
