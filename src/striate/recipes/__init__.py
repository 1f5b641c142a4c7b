"""The recipes that come with Striate: one TOML file each, read by name (`striate train NAME`)."""
