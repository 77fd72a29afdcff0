"""What adapters share whose loop hears the clients while threads, or greenlets, answer them."""
