"""The local control API: HTTP on a Unix socket, for operators and their tools."""
