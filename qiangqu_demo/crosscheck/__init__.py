"""Meters of enterprises in the demonstration, and the false figures hidden in it."""
