"""Everything about serving and deploying the application; the application itself knows nothing of it."""
