"""What the command line does for customers: jobs, against a development stack or any platform."""
