"""What the model learns from the records themselves."""
