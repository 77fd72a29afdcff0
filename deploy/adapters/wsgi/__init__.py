"""What every adapter serves: the application, found, mounted and evened out, one file for each side of a request."""
