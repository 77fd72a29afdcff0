"""One deployment under way: planned, done step by step, undone when a step fails."""
