"""The service: scores events over HTTP with a release, without pickle and without training code.

Nothing here imports pandas, scikit-learn or Kedro.
"""
