"""How the schema came to be, one revision after another, and how to get from any of them to the newest."""
