"""The command line: build the tools, call one function, choose the exit code."""
