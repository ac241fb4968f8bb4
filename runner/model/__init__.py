"""The nouns: frozen dataclasses and enums without behaviour."""
