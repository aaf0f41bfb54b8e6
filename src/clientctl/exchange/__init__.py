"""Read files from other programs and write files for them: pure format, no rules."""
