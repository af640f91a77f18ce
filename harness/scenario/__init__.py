"""The scenario file: typed model, loading with source positions, lint."""
