"""Kernels that are ready at once: one warm process has imported everything, and each kernel is a fork of it.

`fork_server.ForkServer` keeps the warm process; `provisioner` lets jupyter_client, and so an unmodified nbval, start
its kernels there; the `zygote` forks; a supervisor stands between it and each kernel, counts what it uses, and ends all
that it leaves behind. Linux only: forking after torch is loaded is unsafe on macOS, and Windows has no fork.
"""

KERNEL = "unravelling-warm"  # the name of the kernel specification and of the provisioner (pyproject.toml)
ADDRESS = "UNRAVELLING_FORK_SERVER"  # environment variable: where the warm process listens
SOCKETS = "UNRAVELLING_SOCKETS"  # environment variable: a folder in which kernels' folders for sockets are made
BOUNDS = "UNRAVELLING_BOUNDS"  # environment variable: JSON for messages.KernelBounds, with walls or without
WALLS = "UNRAVELLING_WALLS"  # environment variable: JSON for sandbox.enter, where kernels are to be shut in
