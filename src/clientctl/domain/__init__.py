"""Hold the rules: one file per noun, its record, its rules and its SQL; above them the files that look across."""
