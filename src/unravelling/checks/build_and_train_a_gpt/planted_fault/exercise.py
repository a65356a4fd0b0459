"""06.5: six models that train, each with one line that is wrong."""
# mypy: disable-error-code="misc"
# (the classes below only hold functions, and these take nothing)

from __future__ import annotations

from functools import lru_cache

from ...declare import Case, alternative, exercise, holds, misconception
from ...instruments.gpt_stages import STAGES, of_patient
from ...mended_programs import apart, name_is_right, what_the_edit_did
from ...random_inputs import randint
from . import probe as probes
from .probe import probe, show

LETTERS = "abcdef"


def title(case):
    return f"Patient {case['patient'].upper()}"


# The lines of each patient that may be told at fault: nobody who changed one of these broke a sound line.
FAULTY = {
    "a": {"return F.cross_entropy(logits[:, :-1].flatten(0, 1), y[:, 1:].flatten())"},
    "b": {"allowed = torch.ones(T, T).tril(1).bool()"},
    "c": {"loss.backward()", "optimiser.step()", "if step % 8 == 7: optimiser.zero_grad()"},
    "d": {"places = torch.arange(len(ids))[:, None]", "x = self.tokens(ids) + self.positions(places)"},
    "e": {"return F.cross_entropy(logits.flatten(0, 1), y.flatten(), ignore_index=0)"},
    "f": {"generator.manual_seed(0)"},
}


@lru_cache
def healthy(patient, seed):
    """What is observed of a patient that was mended rightly."""
    return of_patient(patient, getattr(PlantedFault.reference, f"patient_{patient}"), patient, seed)


@exercise("06.5", points=6, difficulty=3, minutes=45)
class PlantedFault:
    """Six models train, each with one line that is wrong: say what is at fault, and mend it."""

    functions = tuple(f"patient_{letter}" for letter in LETTERS)
    returns = ("answer",)  # no part of a result: what an edit does is told in the sentences
    compares = False  # the properties compare, and do not give the answer away
    unique = True
    because = "Each patient draws, scores, measures and steps as a healthy one does: all six are mended."
    hints = (
        "Do not read the programs from top to bottom. Take the symptom first: loss too good to be true, too high, "
        "good on this text and bad on the next, as it should be and yet the writing is odd. Which part of a training "
        "could do that? Then read that part alone, with shapes and a small example in mind.",
        "Try a patient on something whose answer you know. Draw one batch and lay y under x: by how much is it ahead? "
        "Draw two: do they differ? Change the last token and see which scores move. Swap two earlier tokens. Give "
        "loss_of scores that are all alike: is it ln V? And scores that are surely wrong at one place: does it "
        "rise, whichever token is asked for there? Print a gradient before and after a second step.",
        "from unravelling.checks.instruments.faulty_gpts import PROGRAMS; from "
        "unravelling.checks.instruments.planted_faults import built; patient = built(PROGRAMS['b']); model = "
        "patient['Model'](40, 32, 16, 2); then model(ids), patient['draw'](...), patient['loss_of'](...). Two of the "
        "six have their fault in how the loss is made, one each in the mask, the positions, the batches and the step.",
    )

    def cases(rng):
        for letter in LETTERS:
            slow = letter != "a"  # the tests draw one patient from many seeds
            yield Case(f"patient {letter.upper()}", slow=slow, patient=letter, seed=randint(rng, 0, 9999))

    class reference:
        def patient_a():
            """Find the fault of patient A: its loss falls as it should, and what it writes is rubbish.

            Returns three texts, (fault, line, instead): what is at fault, one of the names in FAULTS; the line, as it
            stands in the program of patient A, where it stands once; what it should read (several lines in one
            text, or "" to take it out).
            The mended program is judged, not how the line is written: the batches that it draws, the scores of its
            model, its loss, and ten steps of training must be those of a healthy one.
            Source: Humbatova et al., 2020, "Taxonomy of Real Faults in Deep Learning Systems", ICSE.
            Example: return "scale", "a line as it stands", "a line that is right"
            """
            return (
                "targets",
                "return F.cross_entropy(logits[:, :-1].flatten(0, 1), y[:, 1:].flatten())",
                "return F.cross_entropy(logits.flatten(0, 1), y.flatten())",
            )

        def patient_b():
            """Find the fault of patient B: its loss falls lower than a model can come here; what it writes is empty.

            Returns three texts, (fault, line, instead), as patient_a does.
            Example: return "scale", "a line as it stands", "a line that is right"
            """
            return "mask", "allowed = torch.ones(T, T).tril(1).bool()", "allowed = torch.ones(T, T).tril().bool()"

        def patient_c():
            """Find the fault of patient C: its loss falls, but slowly, and ends far above a healthy one's.

            Returns three texts, (fault, line, instead), as patient_a does.
            Example: return "scale", "a line as it stands", "a line that is right"
            """
            return "gradients", "if step % 8 == 7: optimiser.zero_grad()", "optimiser.zero_grad()"

        def patient_d():
            """Find the fault of patient D: its loss stays twice as high as it should be; its words break in the middle.

            Returns three texts, (fault, line, instead), as patient_a does.
            Example: return "scale", "a line as it stands", "a line that is right"
            """
            return "positions", "places = torch.arange(len(ids))[:, None]", "places = torch.arange(ids.shape[1])"

        def patient_e():
            """Find the fault of patient E: its loss falls as a healthy one's does, and it writes without spaces.

            Returns three texts, (fault, line, instead), as patient_a does.
            Example: return "scale", "a line as it stands", "a line that is right"
            """
            wrong = "return F.cross_entropy(logits.flatten(0, 1), y.flatten(), ignore_index=0)"
            return "loss", wrong, "return F.cross_entropy(logits.flatten(0, 1), y.flatten())"

        def patient_f():
            """Find the fault of patient F: its loss falls to nearly nothing, and on other text it is lost.

            Returns three texts, (fault, line, instead), as patient_a does.
            Example: return "scale", "a line as it stands", "a line that is right"
            """
            return "batches", "generator.manual_seed(0)", ""

    probe = probe
    show = show
    patient_a, patient_b, patient_c = probes.patient_a, probes.patient_b, probes.patient_c
    patient_d, patient_e, patient_f = probes.patient_d, probes.patient_e, probes.patient_f

    @holds("the mended program draws, scores, measures and steps as a healthy one")
    def is_mended(case, result):
        right = healthy(case["patient"], case["seed"])
        line = result["line"] in FAULTY[case["patient"]]
        return what_the_edit_did(title(case), result, right["after"], STAGES, line) or None

    @holds("the fault has its right name")
    def is_named(case, result):
        right = healthy(case["patient"], case["seed"])
        mended = not apart(result["after"], right["after"])
        return name_is_right(title(case), result["fault"], right["fault"], mended) or None

    def fingerprint(case, result):
        return {name: each for name, each in result.items() if name != "line"}

    @misconception(
        "You took the shift out of patient A's batches, and left the loss its own. That does train: some libraries "
        "have it so. But then y is no longer the next token, which is what everybody else who calls draw counts on. "
        "Of two shifts, which is the one too many here?"
    )
    class convention_moved:
        def patient_a():
            return "targets", "y = torch.stack([ids[s + 1 : s + 1 + length] for s in starts])", "y = x.clone()"

    @misconception(
        "Patient B may look at nothing but what came before, not even at itself, and the first place looks nowhere: "
        "its scores are NaN. From which diagonal on is a lower triangle closed?"
    )
    class blind_to_itself:
        def patient_b():
            return "mask", "allowed = torch.ones(T, T).tril(1).bool()", "allowed = torch.ones(T, T).tril(-1).bool()"

    @misconception(
        "You made patient C's steps larger, since it learns slowly. But the reason is still there: most steps go by a "
        "sum of gradients, of batches that were dealt with before. What does backward() do to a .grad that is not "
        "empty?"
    )
    class larger_steps:
        def patient_c():
            wrong = "optimiser = torch.optim.Adam(model.parameters(), lr=0.003)"
            return "learning rate", wrong, wrong.replace("0.003", "0.03")

    @misconception(
        "Now patient C takes one step for eight batches, by the sum of their gradients. That is sound, and it is done "
        "where a large batch does not fit; but eight times as much is read for each step. The others step after each "
        "batch, by that batch alone. What must become of .grad in between?"
    )
    class one_step_for_eight_batches:
        def patient_c():
            return "gradients", "optimiser.step()", "if step % 8 == 7: optimiser.step()"

    @misconception(
        "Patient D's places are added to vectors of shape (B, T, d), and yours do not fit there. There must be T of "
        "them, one for each token of a row. Which axis of ids holds the T tokens, and what does [:, None] make of "
        "places that lie in a row?"
    )
    class still_a_column:
        def patient_d():
            wrong = "places = torch.arange(len(ids))[:, None]"
            return "positions", wrong, "places = torch.arange(ids.shape[1])[:, None]"

    @misconception(
        "Now it is another token that patient E's loss leaves out: the number 1 in place of 0. Where shorter rows are "
        "filled up, a loss must leave out the number that fills them. Here nothing is filled up, and 0 is a character "
        "like any other. Which of them may be left out?"
    )
    class another_left_out:
        def patient_e():
            wrong = "return F.cross_entropy(logits.flatten(0, 1), y.flatten(), ignore_index=0)"
            return "loss", wrong, wrong.replace("=0", "=1")

    @misconception(
        "You keep patient F's weights small, a cure for learning by heart. But ask first what there was to learn: "
        "print two batches. What do you see?"
    )
    class weights_kept_small:
        def patient_f():
            wrong = "optimiser = torch.optim.Adam(model.parameters(), lr=0.003)"
            return "norm", wrong, "optimiser = torch.optim.AdamW(model.parameters(), lr=0.003, weight_decay=1.0)"

    @alternative
    class with_other_lines:
        def patient_a():
            wrong = "return F.cross_entropy(logits[:, :-1].flatten(0, 1), y[:, 1:].flatten())"
            return ("targets", wrong, "return F.cross_entropy(logits.transpose(1, 2), y)")

        def patient_c():
            return "gradients", "optimiser.step()", "optimiser.step()\noptimiser.zero_grad()"

        def patient_e():
            wrong = "return F.cross_entropy(logits.flatten(0, 1), y.flatten(), ignore_index=0)"
            return "loss", wrong, "return F.cross_entropy(logits.transpose(1, 2), y)"

    @alternative
    class with_other_words:
        def patient_b():
            wrong = "allowed = torch.ones(T, T).tril(1).bool()"
            return ["mask", f"    {wrong}  ", "places = torch.arange(T)\nallowed = places[None] <= places[:, None]"]

        def patient_d():
            return "positions", "places = torch.arange(len(ids))[:, None]", "places = torch.arange(ids.size(-1))[None]"

        def patient_f():
            return "batches", "generator.manual_seed(0)", "pass"
