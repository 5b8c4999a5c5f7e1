"""What a run says of itself: scores, what each source is worth, warnings."""
