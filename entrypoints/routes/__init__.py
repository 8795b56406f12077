"""The HTTP API's routes, a file for each noun; `entrypoints.api` composes them."""
