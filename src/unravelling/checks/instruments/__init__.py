"""What probes and pasted cells are made with: a kernel may read all of it, and none of it holds an answer."""
