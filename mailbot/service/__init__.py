"""The use cases, and the Protocols (`ports`) that they need from the world."""
