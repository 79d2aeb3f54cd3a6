"""What people see of assessments."""
