"""The commands about changes: log, undo and redo."""
