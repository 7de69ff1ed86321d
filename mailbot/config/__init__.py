"""mailbot.toml, rules/ and templates/: read, checked, and turned into values of the core.

Everything a person edits is checked here, once, at the start; what is wrong is a `ConfigurationError` of one line that
names file, key and remedy.
"""
