"""What both sides of a measurement serve: the same answers with Flask and without."""
