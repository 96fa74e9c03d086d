"""HTTP in and out: webhooks, the API, health. No decisions."""
