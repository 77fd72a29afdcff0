"""What a process of the application is like, whatever serves in it: its surroundings, its socket, its children."""
