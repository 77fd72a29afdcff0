"""The contract that every target keeps, tried on the real servers."""
