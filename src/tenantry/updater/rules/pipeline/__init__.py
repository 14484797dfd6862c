"""The pipeline of leads: its stages, how long each takes, and what activities do to a record."""
