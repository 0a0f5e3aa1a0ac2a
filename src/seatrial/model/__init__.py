"""The vocabulary: values only, no behaviour that needs the world."""
