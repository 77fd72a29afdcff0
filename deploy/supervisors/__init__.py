"""What keeps processes alive and owns the listening sockets."""
