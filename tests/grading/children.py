"""Try something in a fork of the tests' own process, from which there may be no way back."""

from __future__ import annotations

import json
import os


def in_a_child(action, *arguments, user: int | None = None):
    """What `action(*arguments)` returns in a fork of this process, with `user` become first; JSON carries it."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if user is not None:
                os.setgroups([])
                os.setresgid(user, user, user)
                os.setresuid(user, user, user)
            said = {"value": action(*arguments)}
        except BaseException as error:
            said = {"error": f"{type(error).__name__}: {error}"}
        os.write(writing, json.dumps(said).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return json.loads(text)
