"""What tests share: waiting, counts, a real PostgreSQL. It knows nothing of the product."""
