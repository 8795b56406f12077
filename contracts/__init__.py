"""What crosses the border of a process: loans, snapshots, requests, replies."""
