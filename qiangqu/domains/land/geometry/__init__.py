"""Outlines of land: read from files, put into one reference system, checked, measured."""
