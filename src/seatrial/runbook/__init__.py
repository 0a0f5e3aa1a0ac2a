"""A runbook in Markdown, read as it is: what it says as a plan, what is not understood, and what it gets wrong. Nothing in it is run."""
