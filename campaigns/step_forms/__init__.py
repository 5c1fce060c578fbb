"""Forms of the steps of a flow: each reads a step, and gives the values for it."""
