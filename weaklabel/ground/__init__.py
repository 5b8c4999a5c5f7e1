"""What everything stands on: no noun that a user meets."""
