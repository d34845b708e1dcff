"""Orders: facts, the status derived from them, and the book that finds them."""
