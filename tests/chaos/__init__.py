"""The proof that no job is lost and no credit is wrong, whatever dies: and that the proof itself can fail."""
