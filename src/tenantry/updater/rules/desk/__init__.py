"""The service desk of a copier dealer: what is reported, who works on it, and how it ends."""
