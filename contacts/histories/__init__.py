"""Events of the past from a file: counted, and nobody reacts to them."""
