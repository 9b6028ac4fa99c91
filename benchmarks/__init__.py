"""What the runtime costs; see README.md in this folder."""
