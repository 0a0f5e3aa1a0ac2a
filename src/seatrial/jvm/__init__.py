"""What is true of JVMs anywhere: flags, sizes, memory, counters, logs. Knows no Kubernetes, does no I/O."""
