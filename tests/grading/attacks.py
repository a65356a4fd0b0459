"""What a submission can do to the walls themselves, and what an honest one does that must not look like it.

As in `faults`, whose table it extends: each is the solved notebook of module 04 with another answer to 04.2.
"""

from __future__ import annotations

import os

from tests.grading.faults import FAULTS, RIGHT, Fault, with_answer
from unravelling.grading.sandbox import own_shm

ATTACKS: dict[str, Fault] = {}


def answer(name: str, source: str, points: int, status: str, says: str = "") -> None:
    ATTACKS[name] = Fault(with_answer(source), points, status, says)


# Right only where every try was refused; a child that lives on after it has got away with something ends at once.
TRIES = """import ctypes, fcntl, gc, mmap, os, signal, socket, sys
libc, got = ctypes.CDLL(None, use_errno=True), []
X86 = os.uname().machine == "x86_64"
def attempt(name, what):
    try:
        found = what()
    except OSError:
        return
    if found is None or found != -1:
        got.append(name)
def answer(T):
    return torch.ones(T, T, dtype=torch.bool).tril() if not got else repr(got)
"""


def tries(name: str, source: str, points: int = 16) -> None:
    answer(name, TRIES + source + "\ncausal_mask = answer", points, "passed")


# Namespaces of its own, by the two calls that make processes (435 is clone3; its first word holds the flags)
tries(
    "takes-a-world-of-its-own",
    """def cloned(flag):
    child = libc.syscall(56 if X86 else 220, flag | signal.SIGCHLD, 0, 0, 0, 0)
    if child == 0:
        os._exit(0)
    return child
def cloned_anew(flag):
    wanted = (ctypes.c_uint64 * 11)(flag, 0, 0, 0, signal.SIGCHLD)
    child = libc.syscall(435, wanted, ctypes.sizeof(wanted))
    if child == 0:
        os._exit(0)
    return child
for bit in (17, 25, 26, 27, 28, 29, 30):
    attempt(f"clone {bit}", lambda: cloned(1 << bit | 1 << 28))
    attempt(f"clone3 {bit}", lambda: cloned_anew(1 << bit | 1 << 28))
attempt("unshare", lambda: libc.unshare(1 << 28))
for number in (428, 430, 432, 433):  # open_tree, fsopen, fsmount, fspick
    attempt(f"call {number}", lambda: libc.syscall(number, -100 if number in (428, 433) else b"tmpfs", b"/", 0))
attempt("chroot", lambda: libc.chroot(b"."))""",
)
tries(
    "meddles-with-files-by-the-way",
    """for name in (torch.__file__, "/usr/bin/env"):
    with open(name) as file:
        attempt("flags", lambda: fcntl.ioctl(file, 0x40086602, bytes(8)))
        attempt("flags of another kind", lambda: fcntl.ioctl(file, 0x401C5820, bytes(28)))
with open("mine", "w") as file:
    pass
with open("mine") as file:
    attempt("lease", lambda: fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK))
attempt("notify", lambda: fcntl.fcntl(os.open("/usr", os.O_RDONLY), fcntl.F_NOTIFY, fcntl.DN_ACCESS))
attempt("inotify", lambda: libc.inotify_init1(0))
attempt("fanotify", lambda: libc.fanotify_init(0, 0))
for name in ("net/unix", "net/tcp", "task"):
    attempt(name, lambda: os.listdir(f"/proc/self/{name}") if name == "task" else open(f"/proc/self/{name}").read())""",
)
tries(
    "turns-its-sockets-into-links",
    """import ipykernel
here = os.path.dirname(ipykernel.get_connection_file())
attempt("rename the folder", lambda: os.rename(here, here + "x"))
attempt("a link to a folder", lambda: os.symlink("/usr", here + "/link"))
attempt("a look round", lambda: os.listdir(here))
attempt("a link beside", lambda: os.symlink("/usr", here + "x"))
open("target", "w").close()
attempt("a hard link", lambda: os.link("target", here + "/other"))
attempt("a link moved there", lambda: (os.symlink("/usr", "moved"), os.rename("moved", here + "/moved"))[1])
attempt("a file", lambda: open(here + "/more", "w").close())""",
)
tries(
    "looks-for-the-warm-process",
    """import re
texts, frame = [open("/proc/self/cmdline").read(), open("/proc/self/environ").read()], sys._getframe()
while frame:
    texts += [repr(each) for each in frame.f_locals.values() if type(each) in (str, bytes, dict, list, tuple)]
    frame = frame.f_back
for each in gc.get_objects():
    if type(each) in (dict, list, tuple):
        texts += [part for part in (list(each.values()) if type(each) is dict else each) if type(part) is str]
got += re.findall("unravelling-server-[a-z0-9_]+/(?:s|[0-9a-f]{16})(?![a-z])", chr(10).join(texts))""",
)
tries(
    "passes-pages-and-files-on",
    """page, (one, other) = mmap.mmap(-1, 4096), socket.socketpair()
reading, writing = os.pipe()
piece = (ctypes.c_void_p * 2)(ctypes.addressof(ctypes.c_char.from_buffer(page)), 4096)
attempt("vmsplice", lambda: libc.vmsplice(writing, piece, 1, 0))
file = os.open("mine", os.O_CREAT | os.O_RDWR)
os.write(file, bytes(4096))
attempt("splice", lambda: os.splice(file, writing, 4096, 0))
attempt("sendfile", lambda: os.sendfile(writing, file, 0, 4096))
attempt("a file on its way", lambda: socket.send_fds(one, [b"x"], [file]))
attempt("a large pipe", lambda: fcntl.fcntl(writing, 1031, 1 << 20))
attempt("a large buffer", lambda: one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20))
attempt("/dev/zero", lambda: os.open("/dev/zero", os.O_RDWR))""",
)

# Taking without end, where it does not show
SHARED = """import mmap
kept = []
def causal_mask(T):
    kept.append(mmap.mmap(-1, 1 << 30))
    return torch.ones(T, T, dtype=torch.bool).tril()"""
answer("shared-memory-in-one-piece", SHARED, 15, "wrong", "Cannot allocate memory")
MAPS = """import ctypes, os, subprocess, sys, time
libc = ctypes.CDLL(None)
size, place = ctypes.c_size_t, ctypes.c_void_p
libc.mmap.restype, libc.mmap.argtypes = place, [place, size, size, size, ctypes.c_int, size]
"""
CUT = """def causal_mask(T):
    for _ in range(40):
        begin = libc.mmap(None, 64 << 20, 3, 0x8021, -1, 0)  # shared, nameless, and filled at once
        libc.munmap(ctypes.c_void_p(begin + 4096), ctypes.c_size_t((64 << 20) - 4096))
    time.sleep(20)"""
answer("shared-memory-kept-by-a-page", MAPS + CUT, 15, "stopped", "GB of memory")
MAPPED = """def causal_mask(T):
    for _ in range(10):
        file = os.open("nameless", os.O_CREAT | os.O_RDWR)
        os.write(file, bytes(60 << 20))
        libc.mmap(None, 4096, 1, 1, file, 0)
        os.remove("nameless")
        os.close(file)
    time.sleep(20)"""
answer("files-kept-by-a-page", MAPS + MAPPED, 15, "stopped", "its files took 256 MB")
BUFFERS = """SENDS = '''import socket, time
kept = []
while True:
    try:
        kept.append(socket.socketpair())
        kept[-1][0].setblocking(False)
        kept[-1][0].send(bytes(200_000))
    except BlockingIOError:
        pass
    except OSError:
        time.sleep(20)
'''
def causal_mask(T):
    for each in [subprocess.Popen([sys.executable, "-c", SENDS]) for _ in range(16)]:
        each.wait()"""
answer("what-waits-in-sockets", MAPS + BUFFERS, 15, "stopped", "GB of memory")

# Honest work that has the look of it
FORKS = """import os, time
for _ in range(14):
    if os.fork() == 0:
        time.sleep(3)
        os._exit(0)
time.sleep(2)
"""
answer("honest-forks", FORKS + RIGHT, 16, "passed")
TOGETHER = """import multiprocessing as mp
lock, counter, queue = mp.Lock(), mp.Value("i", 0), mp.Queue()
def count(n):
    for _ in range(n):
        with lock:
            counter.value += 1
    queue.put(n)
helpers = [mp.Process(target=count, args=(50,)) for _ in range(2)]
[each.start() for each in helpers]
put = [queue.get(timeout=20) for _ in helpers]
[each.join() for each in helpers]
with mp.Pool(2) as pool:
    squares = pool.map(abs, [-1, -2, -3])
shared = torch.zeros(3).share_memory_()
helper = mp.Process(target=shared.fill_, args=(7.0,))
helper.start()
helper.join()
from multiprocessing.shared_memory import SharedMemory
block = SharedMemory(create=True, size=1 << 20)
block.buf[0] = 7
block.close()
block.unlink()
import concurrent.futures
with concurrent.futures.ThreadPoolExecutor(2) as threads:
    more = list(threads.map(abs, [-1]))
right = (counter.value, put, squares, shared.tolist(), more) == (100, [50, 50], [1, 2, 3], [7.0] * 3, [1])
def causal_mask(T):
    return torch.ones(T, T, dtype=torch.bool).tril() if right else repr((counter.value, put, squares, shared))"""
if hasattr(os, "fork") and own_shm.possible():
    answer("locks-pools-and-shared-tensors", TOGETHER, 16, "passed")
else:
    answer("locks-pools-and-shared-tensors", TOGETHER, 15, "wrong", own_shm.NONE)
FILLS = """def causal_mask(T):
    for n in range(40):
        with open(f"/dev/shm/{n}", "wb") as file:
            file.write(bytes(60 << 20))"""
answer("shared-folder-without-end", FILLS, 15, "wrong|stopped", "No space left on device|GB of memory|denied")
LINES = """!echo hello; pwd
said = !echo hello
out = get_ipython().getoutput("echo there")
%pip --version
import shutil, subprocess
open("one", "w").write("text")
shutil.copy2("one", "two")
subprocess.run(["cp", "two", "three"], check=True)
right = (list(said), list(out), open("three").read(), _exit_code) == (["hello"], ["there"], "text", 0)
def causal_mask(T):
    return torch.ones(T, T, dtype=torch.bool).tril() if right else repr((said, out, _exit_code))"""
answer("lines-for-the-shell", LINES, 16, "passed")

FAULTS.update(ATTACKS)
