"""The house checks itself: its floors, its tables, its routes, its documents and its sizes."""
