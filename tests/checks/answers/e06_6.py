"""Answers to 06.6."""

from __future__ import annotations

import io
import os
import shutil
from pathlib import Path

import torch

from tests.checks.answers import right, wrong
from unravelling.checks import registry

REFERENCE = registry.load("06.6").reference


def state_of(model, optimiser, generator, step):
    return {
        "model": model.state_dict(),
        "optimiser": optimiser.state_dict(),
        "generator": generator.get_state(),
        "step": step,
    }


@right("06.6")
class ThroughMemory:
    def save_checkpoint(path, model, optimiser, generator, step):
        box = io.BytesIO()
        torch.save(state_of(model, optimiser, generator, step), box)
        with open(f"{path}.part", "wb") as file:
            file.write(box.getvalue())
        os.rename(f"{path}.part", path)


@right("06.6")
class WithAssertions:
    def load_checkpoint(path, model, optimiser, generator):
        if not os.path.isfile(path):
            raise FileNotFoundError(f"There is no file {path}.")
        try:
            found = torch.load(path)
            assert set(found) >= {"model", "optimiser", "generator", "step"}
        except BaseException as error:
            raise ValueError("damaged") from error
        for each, name in ((model, "model"), (optimiser, "optimiser")):
            each.load_state_dict(found[name])
        generator.set_state(found["generator"])
        return found["step"]


@wrong("06.6", told="written_into", says="You write straight into path")
class OldFileCopiedFirst:
    def save_checkpoint(path, model, optimiser, generator, step):
        if os.path.exists(path):
            shutil.copy(path, path + ".old")
        torch.save(state_of(model, optimiser, generator, step), path)


@wrong("06.6", told="written_into", says="You write straight into path")
class CopiedOntoIt:
    def save_checkpoint(path, model, optimiser, generator, step):
        torch.save(state_of(model, optimiser, generator, step), path + ".new")
        shutil.copyfile(path + ".new", path)


@right("06.6")
class WithThePathsOfPathlib:
    def save_checkpoint(path, model, optimiser, generator, step):
        new = Path(path).with_suffix(".part")
        with new.open("wb") as file:
            torch.save(state_of(model, optimiser, generator, step), file)
        new.replace(path)


@wrong("06.6", says="Right after your os.remove no whole checkpoint lies at path")
class RemovedThenSaved:
    def save_checkpoint(path, model, optimiser, generator, step):
        if os.path.exists(path):
            os.remove(path)
        torch.save(state_of(model, optimiser, generator, step), path)


@wrong("06.6", says="Right after your os.rename no whole checkpoint lies at path")
class MovedAwayThenSaved:
    def save_checkpoint(path, model, optimiser, generator, step):
        if os.path.exists(path):
            os.rename(path, path + ".old")
        torch.save(state_of(model, optimiser, generator, step), path)


@wrong("06.6", says="Right after your os.remove no whole checkpoint lies at path")
class RemovedJustBeforeTheRename:
    def save_checkpoint(path, model, optimiser, generator, step):
        torch.save(state_of(model, optimiser, generator, step), path + ".tmp")
        if os.path.exists(path):
            os.remove(path)
        os.rename(path + ".tmp", path)


@wrong("06.6", says="Right after your os.unlink no whole checkpoint lies at path")
class RemovedFirst:
    def save_checkpoint(path, model, optimiser, generator, step):
        Path(path).unlink(missing_ok=True)
        REFERENCE.save_checkpoint(path, model, optimiser, generator, step)


@wrong("06.6", says="Right after your os.replace no whole checkpoint lies at path")
class RenamedBeforeItIsWritten:
    def save_checkpoint(path, model, optimiser, generator, step):
        box = io.BytesIO()
        torch.save(state_of(model, optimiser, generator, step), box)
        with open(f"{path}.part", "wb") as file:
            file.write(box.getvalue()[:-9])
            file.flush()
            os.replace(f"{path}.part", path)
            file.write(box.getvalue()[-9:])


@wrong("06.6", says="generator in your file is a number, such as a seed")
class SeedInTheFile:
    def save_checkpoint(path, model, optimiser, generator, step):
        state = state_of(model, optimiser, generator, step) | {"generator": generator.initial_seed()}
        torch.save(state, path + ".new")
        os.replace(path + ".new", path)


@wrong("06.6", says="save_checkpoint has written no file")
class SavedElsewhere:
    def save_checkpoint(path, model, optimiser, generator, step):
        torch.save(state_of(model, optimiser, generator, step), path + ".new")


@wrong("06.6", says="Your file has the keys model, optimiser, step; they should be")
class WithoutDraws:
    def save_checkpoint(path, model, optimiser, generator, step):
        state = state_of(model, optimiser, generator, step)
        del state["generator"]
        torch.save(state, path + ".new")
        os.replace(path + ".new", path)


@wrong("06.6", says="Your file holds a value of type list, not a dict")
class AList:
    def save_checkpoint(path, model, optimiser, generator, step):
        torch.save(list(state_of(model, optimiser, generator, step).values()), path + ".new")
        os.replace(path + ".new", path)


@wrong("06.6", says="step is")
class TheNextStep:
    def save_checkpoint(path, model, optimiser, generator, step):
        REFERENCE.save_checkpoint(path, model, optimiser, generator, step + 1)


@wrong("06.6", says="Loss 0 after loading is")
class WeightsInHalfPrecision:
    def save_checkpoint(path, model, optimiser, generator, step):
        state = state_of(model, optimiser, generator, step)
        state["model"] = {name: each.half() for name, each in state["model"].items()}
        torch.save(state, path + ".new")
        os.replace(path + ".new", path)


@wrong("06.6", says="After saving, the training that was saved is another")
class DrawsOnceMore:
    def save_checkpoint(path, model, optimiser, generator, step):
        REFERENCE.save_checkpoint(path, model, optimiser, generator, step)
        torch.rand(3, generator=generator)


@wrong("06.6", says="Your step is nothing (None)")
class NoStepReturned:
    def load_checkpoint(path, model, optimiser, generator):
        REFERENCE.load_checkpoint(path, model, optimiser, generator)


@wrong("06.6", says="it raised nothing")
class StartsAnewOnDamage:
    def load_checkpoint(path, model, optimiser, generator):
        try:
            return REFERENCE.load_checkpoint(path, model, optimiser, generator)
        except ValueError:
            return 0


@wrong("06.6", says="it raised nothing")
class NoFileIsAFirstStart:
    def load_checkpoint(path, model, optimiser, generator):
        if not os.path.exists(path):
            return 0
        return REFERENCE.load_checkpoint(path, model, optimiser, generator)


MUTANTS = {
    "save_checkpoint: state = {'model': model, 'optimiser': optimiser.state_dict(), 'generator': "
    "generator.get_state(), 'step': step}": "objects_saved",
    "save_checkpoint: state = {'model': model.state_dict(), 'optimiser': optimiser, 'generator': "
    "generator.get_state(), 'step': step}": "objects_saved",
    "save_checkpoint: state = {'model': model.state_dict(), 'optimiser': optimiser.state_dict(), 'generator': "
    "generator, 'step': step}": "objects_saved",
    "load_checkpoint: without: model.load_state_dict(weights)": "weights_not_loaded",
    "load_checkpoint: without: optimiser.load_state_dict(memory)": "memory_not_loaded",
    "load_checkpoint: without: generator.set_state(draws)": "draws_not_loaded",
    "load_checkpoint: model": "weights_not_loaded",
    "load_checkpoint: optimiser": "memory_not_loaded",
    "load_checkpoint: generator": "draws_not_loaded",
    "load_checkpoint: found = torch.load(path, weights_only=False)": "opens_anything",
}
