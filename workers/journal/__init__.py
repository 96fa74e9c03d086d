"""A worker's own disk: what became of its requests, and how many it was granted. See docs/journal.md."""
