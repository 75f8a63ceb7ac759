"""What is kept, for how long, and whether it comes back."""
