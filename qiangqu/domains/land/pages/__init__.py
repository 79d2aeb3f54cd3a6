"""Pages of land."""
