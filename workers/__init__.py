"""The RQ jobs, the worker process, the sweeper, and the HTTP to the call API."""
