"""Values in, values out: no I/O, no clock, no logging (import-linter keeps it so)."""
