"""The tables of the first revision, as it made them. Like every revision they are never edited again."""
