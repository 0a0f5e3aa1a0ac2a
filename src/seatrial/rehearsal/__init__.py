"""A local cluster to practise on, and the faults to practise with."""
