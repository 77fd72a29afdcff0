"""Every effect on this machine: commands, files, processes, sockets, signals."""
