"""From a service to the landing."""
