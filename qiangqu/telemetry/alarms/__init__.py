"""Alarms 报警: conditions over latest and windowed values, tried on history before they are switched on."""
