"""What lies below ROOT: releases and their journal, the lock, environments, logs, static files."""
