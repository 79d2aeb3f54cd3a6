"""Devices report here: HJ 212 over TCP → the lake; alarms on what they report."""
