"""What people ask by `/hypertool`: kept with the order to answer it, worked out, and answered."""
