"""What is kept: backups of everything in the database, and putting one back. Over PostgreSQL's own tools."""
