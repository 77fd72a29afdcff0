"""The entries: everybody reads, searches and subscribes to them; their authors write them."""
