"""What one room needs of another, made where both are known."""
