"""What adapters have in common: the contract, calls over HTTP, streams, reports."""
