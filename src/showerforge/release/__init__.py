"""What leaves the workshop: a classifier as data, with all that is needed to serve and watch it."""
