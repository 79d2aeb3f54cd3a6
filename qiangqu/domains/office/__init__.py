"""Office work 协同办公: documents in and out, meetings, the calendar."""
