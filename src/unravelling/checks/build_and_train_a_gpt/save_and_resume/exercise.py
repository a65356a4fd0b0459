"""06.6: stop a training, and go on with it as if it had never stopped."""

from __future__ import annotations

import os

import torch

from ...compare import number
from ...declare import Case, alternative, exercise, holds, misconception, slip
from ...random_inputs import randint
from . import probe as probes
from .probe import probe, show


@exercise("06.6", points=4, difficulty=2, minutes=25)
class SaveAndResume:
    """Save a training, and go on with it later as if it had never stopped."""

    functions = ("save_checkpoint", "load_checkpoint")
    returns = ("step", "losses")
    tolerance = 1e-4
    because = (
        "The next loss is that of a run that never stopped: weights, the optimiser's memory, the draws to come and "
        "the step are all back, and neither a stop in the middle of saving nor a damaged file loses anything."
    )
    hints = (
        "A training is more than its weights. What does Adam remember from step to step? Where does the next batch "
        "come from? And what would be left on the disk if the power failed while the file is being written?",
        "Everything has a state: model.state_dict(), optimiser.state_dict(), generator.get_state(), and step, a "
        "number. Save a dict of the four to a new file beside path, then os.replace it onto path, which happens all "
        "at once. When loading, read all four before you touch anything.",
        'new = path + ".new"; torch.save({"model": model.state_dict(), ...}, new); os.replace(new, path). And: try: '
        'found = torch.load(path, weights_only=True); parts = found["model"], found["optimiser"], ... except '
        "FileNotFoundError: raise; except Exception as error: raise ValueError(...) from error. Then load_state_dict "
        "twice, generator.set_state, return step.",
    )

    def cases(rng):
        def case(name, rule, what, V, before, after, slow=False):
            return Case(name, rule, slow=slow, V=V, before=before, after=after, seed=randint(rng, 1, 9), what=what)

        goes_on = "After loading, the training goes on as the one that was saved would have gone on."
        yield case("stopped after 3 steps, 2 more", goes_on, "resume", 5, 3, 2)
        yield case("stopped before the first step", goes_on, "resume", 6, 0, 2)
        twice = (
            "Saving to a path where a checkpoint lies replaces it whole, or not at all: its file is not written into."
        )
        yield case("saved twice to one path", twice, "twice", 7, 4, 2, slow=True)
        refused = "What is no whole checkpoint raises ValueError, no file FileNotFoundError, and nothing is loaded."
        yield case("files that are no whole checkpoint", refused, "refuse", 4, 2, 1, slow=True)

    class reference:
        def save_checkpoint(path, model, optimiser, generator, step):
            """Save a training, so that a stop at any moment loses nothing.

            path: where to, a str; there may be a checkpoint already. model: a torch.nn.Module. optimiser: a torch.optim
            optimiser. generator: the torch.Generator from which batches are drawn. step: how many steps are done, an
            int. The file holds, for torch.load(path, weights_only=True), a dict with the keys model, optimiser,
            generator and step: the state_dict() of the first two, the get_state() of the third, and the number.
            At every moment there is a whole checkpoint at path, once there was one: the file that lies there is not
            written into, but replaced, once the new one is complete.
            Returns nothing. The training is as it was and can go on.
            Example: save_checkpoint("run.pt", model, optimiser, generator, 500)
            Source: Mohan, Phanishayee and Chidambaram, 2021, "CheckFreq", FAST '21.
            """
            state = {
                "model": model.state_dict(),
                "optimiser": optimiser.state_dict(),
                "generator": generator.get_state(),
                "step": step,
            }
            torch.save(state, path + ".new")
            os.replace(path + ".new", path)  # all at once

        def load_checkpoint(path, model, optimiser, generator):
            """Go on where a training was saved.

            path: of a checkpoint that save_checkpoint made. model, optimiser, generator: as it takes them, new or from
            another training; they take over the state that was saved.
            Returns the step, an int. Where there is no file, FileNotFoundError is raised. A file that is no checkpoint,
            or is damaged, or lacks a part, or has anything else in it than tensors, numbers and containers of them
            (such files can run code as they are opened), raises ValueError, and model, optimiser and generator stay as
            they are.
            Example: step = load_checkpoint("run.pt", model, optimiser, generator)
            Source: as above.
            """
            try:
                found = torch.load(path, weights_only=True)
                weights, memory, draws, step = (found[name] for name in ("model", "optimiser", "generator", "step"))
            except FileNotFoundError:
                raise
            except Exception as error:
                raise ValueError(f"{path} is no checkpoint, or a damaged one.") from error
            model.load_state_dict(weights)
            optimiser.load_state_dict(memory)
            generator.set_state(draws)
            return step

    probe = probe
    show = show
    save_checkpoint, load_checkpoint = probes.save_checkpoint, probes.load_checkpoint

    @holds("saving leaves the training as it was")
    def undisturbed(case, result):
        return None if result.get("undisturbed", True) else "After saving, the training that was saved is another."

    @holds("the losses to come are those of the run that never stopped")
    def losses_go_on(case, result):
        if "unstopped" not in result:
            return None
        for n, (got, want) in enumerate(zip(result["losses"].tolist(), result["unstopped"].tolist(), strict=True)):
            if not abs(got - want) < 1e-6:
                was = f"in the run that never stopped it was {number(want, 6)}"
                return f"Loss {n} after loading is {number(got, 6)}; {was}."
        return None

    @holds("the file of the checkpoint before is replaced, not written into")
    def replaced(case, result):
        if result.get("kept", True):
            return None
        return (
            "The second saving was written into the very file of the first: if it stops in the middle, there is no "
            "whole checkpoint left."
        )

    @holds("at every moment there is a whole checkpoint at path")
    def never_without(case, result):
        if not (lost := result.get("lost", "")):
            return None
        return (
            f"Right after your {lost} no whole checkpoint lies at path. If the power failed just then, the training "
            "would be lost. os.replace takes the old one away and puts the new one there at once."
        )

    @holds("what is no checkpoint is refused with the right error, and nothing is loaded")
    def refused(case, result):
        for how, (raised, untouched) in result.get("refused", {}).items():
            want = "FileNotFoundError" if how == "no file" else "ValueError"
            if raised != want:
                return f"load_checkpoint should raise {want} here ({how}); it raised {raised}."
            if not untouched:
                return f"load_checkpoint raised ({how}), and by then a part of the training had been loaded over."
        return None

    memory_not_loaded = slip(
        "The optimiser's memory is in the file and stays there. Adam begins anew, and its first steps are too large. "
        "Which of the four parts do you not put back?",
        "optimiser.load_state_dict(memory)",
        "pass",
        of="load_checkpoint",
    )

    draws_not_loaded = slip(
        "The generator goes on from where it happens to be, so the batches are others than they would have been, some "
        "for the second time. Which of the four parts do you not put back?",
        "generator.set_state(draws)",
        "pass",
        of="load_checkpoint",
    )

    weights_not_loaded = slip(
        "The model keeps the weights that it came with. Which of the four parts do you not put back?",
        "model.load_state_dict(weights)",
        "pass",
        of="load_checkpoint",
    )

    step_lost = slip(
        "Your training begins to count at 0 again, and a learning rate that depends on the step does, too. What is "
        "returned?",
        "return step",
        "return 0",
        of="load_checkpoint",
    )

    written_into = slip(
        "You write straight into path. For a moment the old checkpoint is gone and the new one is not there yet; if "
        "the power fails then, you have neither. Under which name could you write first, and which function of os "
        "renames all at once?",
        ('torch.save(state, path + ".new")', "torch.save(state, path)"),
        ('os.replace(path + ".new", path)', "None"),
        of="save_checkpoint",
    )

    any_error_will_do = slip(
        "A damaged file stops you with an error of torch's or of the dict's, whichever comes first. Whoever calls you "
        "cannot know them all. Which one does the docstring promise?",
        'raise ValueError(f"{path} is no checkpoint, or a damaged one.") from error',
        "raise",
        of="load_checkpoint",
    )

    opens_anything = slip(
        "You open whatever lies there. A file with objects in it can run any code as it is opened, and a checkpoint "
        "may "
        "come from a stranger. Which argument of torch.load lets in tensors and numbers alone?",
        "weights_only=True",
        "weights_only=False",
        of="load_checkpoint",
    )

    missing_is_damaged = slip(
        "Where there is no file at all you say that it is damaged. The two call for different things: one for a first "
        "start, the other for a look at the disk. Which error is for a file that is not there?",
        ("    except FileNotFoundError:\n        raise\n", ""),
        of="load_checkpoint",
    )

    @misconception(
        "You load part after part as you read them. When one is missing, the others are in already: new weights, old "
        "optimiser. What should be read before anything is put back?"
    )
    class half_loaded:
        def load_checkpoint(path, model, optimiser, generator):
            try:
                found = torch.load(path, weights_only=True)
                model.load_state_dict(found["model"])
                optimiser.load_state_dict(found["optimiser"])
                generator.set_state(found["generator"])
                return found["step"]
            except FileNotFoundError:
                raise
            except Exception as error:
                raise ValueError("damaged") from error

    @misconception(
        "You save the state that the generator began with, or what a new one with that seed has, so after loading the "
        "first batches come once more. Which method of a generator says where it is now?"
    )
    class draws_from_the_beginning:
        def save_checkpoint(path, model, optimiser, generator, step):
            state = {"model": model.state_dict(), "optimiser": optimiser.state_dict(), "step": step}
            state["generator"] = torch.Generator().manual_seed(generator.initial_seed()).get_state()
            torch.save(state, path + ".new")
            os.replace(path + ".new", path)

    @misconception(
        "You save the objects themselves. Such a file can run any code when it is opened, which is why torch.load "
        "refuses it unless it is told to trust. What has a module that is nothing but tensors with names?"
    )
    class objects_saved:
        def save_checkpoint(path, model, optimiser, generator, step):
            state = {"model": model, "optimiser": optimiser, "generator": generator.get_state(), "step": step}
            torch.save(state, path + ".new")
            os.replace(path + ".new", path)

    @alternative
    class with_a_temporary_file:
        def save_checkpoint(path, model, optimiser, generator, step):
            import tempfile

            handle, name = tempfile.mkstemp(dir=os.path.dirname(os.path.abspath(path)))
            with os.fdopen(handle, "wb") as file:
                state = {"step": step, "generator": generator.get_state(), "model": model.state_dict()}
                torch.save(state | {"optimiser": optimiser.state_dict()}, file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)

    @alternative
    class with_questions_first:
        def load_checkpoint(path, model, optimiser, generator):
            if not os.path.exists(path):
                raise FileNotFoundError(path)
            try:
                found = dict(torch.load(path, weights_only=True))
            except Exception:
                raise ValueError("not a checkpoint") from None
            if {"model", "optimiser", "generator", "step"} - set(found):
                raise ValueError("a part is missing")
            generator.set_state(found["generator"])
            optimiser.load_state_dict(found["optimiser"])
            model.load_state_dict(found["model"])
            return int(found["step"])
