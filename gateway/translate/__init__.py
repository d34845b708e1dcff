"""Between FIX messages and what the gateway thinks in; versions differ only in `dialects`."""
