"""The probes of 06.5: a patient's program is mended as a learner says, and observed before and after."""

from __future__ import annotations

from ...declare import Case, share


def probe(solution, patient, seed):
    from unravelling.checks.instruments.gpt_stages import of_patient

    answer = getattr(solution, f"patient_{patient}")()
    found = of_patient(patient, lambda: answer, patient, seed)
    return found | {"line": answer[1].strip()}


def show(case: Case) -> str:
    """The lines that show a failure of 06.5."""
    return f"""
from unravelling.checks.instruments.faulty_gpts import PROGRAMS
from unravelling.checks.instruments.gpt_stages import observed
from unravelling.checks.instruments.planted_faults import built, edited, listing
fault, line, instead = patient_{case["patient"]}()
program = edited(PROGRAMS[patient], line, instead)
print(listing(program))  # as it stands after your edit
result = fault, observed(seed)(built(program))
"""


@share(points=1)
def patient_a(solution, patient, seed):
    from unravelling.checks.instruments.gpt_stages import of_patient

    return of_patient("a", solution.patient_a, patient, seed)


@share(points=1)
def patient_b(solution, patient, seed):
    from unravelling.checks.instruments.gpt_stages import of_patient

    return of_patient("b", solution.patient_b, patient, seed)


@share(points=1)
def patient_c(solution, patient, seed):
    from unravelling.checks.instruments.gpt_stages import of_patient

    return of_patient("c", solution.patient_c, patient, seed)


@share(points=1)
def patient_d(solution, patient, seed):
    from unravelling.checks.instruments.gpt_stages import of_patient

    return of_patient("d", solution.patient_d, patient, seed)


@share(points=1)
def patient_e(solution, patient, seed):
    from unravelling.checks.instruments.gpt_stages import of_patient

    return of_patient("e", solution.patient_e, patient, seed)


@share(points=1)
def patient_f(solution, patient, seed):
    from unravelling.checks.instruments.gpt_stages import of_patient

    return of_patient("f", solution.patient_f, patient, seed)
