"""`make bench`: each adapter beside its documented sample, measured in one run; no part of a deployment."""
