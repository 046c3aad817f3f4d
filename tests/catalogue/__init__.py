"""What is wrong in a file that people edit."""
