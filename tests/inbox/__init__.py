"""What people have put in: ordered deliveries and forms."""
