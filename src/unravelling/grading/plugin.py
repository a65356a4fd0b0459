"""pytest plugin, loaded by entry point; see the contract in DESIGN.md, "An exercise is data"."""
