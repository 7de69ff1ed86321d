"""The demo: embedded servers and sample mail."""
