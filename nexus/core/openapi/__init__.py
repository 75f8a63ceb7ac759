"""The API's description: derived from the routes and from the tree of errors, for programs and for people."""
