"""Train the six patients of exercise 06.5 and a healthy model once, and keep what the demo SixFaults shows.

    python scripts/six_faults.py

Half a minute on one core. The healthy model is patient B with its one wrong line mended.
"""

from __future__ import annotations

import json

import torch

from unravelling.checks.instruments.faulty_gpts import PROGRAMS
from unravelling.checks.instruments.gpt_stages import simple_text, symptoms
from unravelling.checks.instruments.planted_faults import built, edited
from unravelling.demos.build_and_train_a_gpt.six_faults import HEALTHY, RECORD

MENDED = ("allowed = torch.ones(T, T).tril(1).bool()", "allowed = torch.ones(T, T).tril().bool()")


def main() -> None:
    torch.set_num_threads(1)
    text, patients = simple_text(), {}
    programs = {name.upper(): program for name, program in PROGRAMS.items()} | {HEALTHY: edited(PROGRAMS["b"], *MENDED)}
    for name, program in programs.items():
        losses, unseen, written = symptoms(built(program), text)
        patients[name] = {"losses": [round(loss, 3) for loss in losses], "unseen": round(unseen, 3), "written": written}
        print(name, f"{losses[-1]:.2f}", f"{unseen:.2f}", repr(written[:40]), flush=True)
    known = {"vocabulary": len(set(text)), "seed": 0, "patients": patients}
    RECORD.write_text(json.dumps(known, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
