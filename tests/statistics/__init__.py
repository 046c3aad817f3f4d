"""What SQL cannot compute, and WHO's table format."""
