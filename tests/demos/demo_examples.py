"""One demo of each class, ready to be looked at: what the tests of all demos are run with.

MODULES: those whose demos must all be here. A value takes the fixture `pretrained` and makes a new demo.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from tokenizers import Tokenizer, pre_tokenizers, trainers
from tokenizers.models import BPE

from tests.demos import made_measurements as made
from unravelling import demos
from unravelling.course_modules import MODULES as COURSE
from unravelling.demos.base import Demo
from unravelling.demos.training import Moment, Run
from unravelling.language_models import CharacterLSTM, CharacterNGrams, Counts, WordNGrams, alphabet_of
from unravelling.language_models.recall_task import RecallRun, study

MODULES = [*COURSE.values(), "pictures", "training", "xray"]
NEEDS_MODELS = {
    "AttentionHeads",
    "FillOrContinue",
    "Similarity",
    "FlipLabels",
    "TemplateEditor",
    "BeamTree",
    "DistributionLab",
    "EmbeddingMap",
    "HowManyR",
    "Repetition",
    "SideBySide",
    "Association",
    "SwapWord",
    "ThereAndBack",
    "TokenTax",
    "TwoGroups",
    "PromptAsContext",
    "ResidualAccount",
    "XRay",
}

_WORDS = ["the", "piano", "blocks", "the", "[pad]"]
_TEXT = "The cat sat on the mat, and the dog sat on the cat. The dog that ran was seldom seen, they said. " * 4


def _random(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))


def _heads(pretrained: Callable[[str], object]) -> Demo:
    return demos.attention.AttentionHeads(
        "The door was too narrow.", pretrained("encoder"), pretrained("decoder"), layer=3, head=2
    )


def _two_models(pretrained: Callable[[str], object]) -> Demo:
    return demos.what_is_a_language_model.Keyboard({"2-gram": CharacterNGrams(2, _TEXT), "LSTM": _lstm()}, "The cat")


def _lstm() -> CharacterLSTM:
    with torch.random.fork_rng():
        torch.manual_seed(1)
        return CharacterLSTM(alphabet_of(_TEXT), d=8).eval()


def _game(pretrained: Callable[[str], object]) -> Demo:
    return demos.what_is_a_language_model.ShannonGame(_TEXT, {"order 2": CharacterNGrams(2, _TEXT)})


def _growing_pieces() -> Demo:
    tokenizers = {merges: learned_from(_TEXT, merges) for merges in (0, 5)}
    tokenizers[5000] = learned_from(_TEXT, 50)  # a label as long as that of the lesson
    return demos.tokens_and_embeddings.GrowingPieces(tokenizers, {0: 3.5, 5: 3.2, 5000: 2.9})


def _token_tax(pretrained: Callable[[str], object]) -> Demo:
    sentences = {
        "English": "All are equal.",
        "French": "Tous sont égaux.",
        "Chinese": "人人生而自由，在尊严和权利上一律平等。" * 4,
    }
    return demos.tokens_and_embeddings.TokenTax(sentences, pretrained("decoder"), pretrained("encoder"))


def _there_and_back(pretrained: Callable[[str], object]) -> Demo:
    return demos.tokens_and_embeddings.ThereAndBack(pretrained("decoder"), pretrained("encoder"))


def learned_from(text: str, merges: int) -> Tokenizer:
    """A byte-level tokenizer that has learned so many merges from the text."""
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=256 + merges, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator([text], trainer)
    return tokenizer


def _table_learns() -> Demo:
    film = _random(12, 3, 3).softmax(-1)
    return demos.tokens_and_embeddings.TableLearns(list(film), [1.1] * 12, film[-1], 1.0, [" ", "a", "b"])


def _recall(pretrained: Callable[[str], object]) -> Demo:
    solved = RecallRun("attention", 5, None, 0.01, 0, 99, (0.1, 0.5, 1.0), (0.1, 0.3, 0.4), 1.0, "solved")
    given_up = RecallRun("LSTM", 30, None, 0.01, 0, 99, (0.1, 0.2), (0.3, 0.6), 0.2, "time")
    return demos.recurrent_networks.Recall([solved, given_up])


def _training(pretrained: Callable[[str], object]) -> Demo:
    run = Run(15, 4.4, losses=[4.0, 3.0, 2.0], at=[1.0, 2.0, 3.0], tokens=30, seconds=3.0)
    run.moments = [Moment(0, 0.0, "xq"), Moment(2, 2.0, "the", 20), Moment(3, 3.0, "the cat", 30)]
    run.ended, run.sentence = "finished", "It finished all its steps in 3 seconds."
    return demos.training.Training(run)


EXAMPLES: dict[str, Callable[[Callable[[str], object]], Demo]] = {
    "Shares": lambda pretrained: demos.start_here.Shares(),
    "BallOnCurve": lambda pretrained: demos.tokens_and_embeddings.BallOnCurve(),
    "GrowingPieces": lambda pretrained: _growing_pieces(),
    "TableLearns": lambda pretrained: _table_learns(),
    "TokenTax": _token_tax,
    "ThereAndBack": _there_and_back,
    "EmbeddingMap": lambda pretrained: demos.tokens_and_embeddings.EmbeddingMap(pretrained("encoder")),
    "HowManyR": lambda pretrained: demos.tokens_and_embeddings.HowManyR(pretrained("decoder")),
    "WordKeyboard": lambda pretrained: demos.what_is_a_language_model.Keyboard(WordNGrams(_TEXT), "on the"),
    "ModelKeyboard": _two_models,
    "ShannonGame": _game,
    "Smoothing": lambda pretrained: demos.what_is_a_language_model.Smoothing(Counts(_TEXT, most=4), _TEXT, "A dog."),
    "Sparsity": lambda pretrained: demos.what_is_a_language_model.Sparsity(Counts(_TEXT, most=4), "A red dog ran."),
    "GradientOverDistance": lambda pretrained: demos.recurrent_networks.GradientOverDistance(),
    "Recall": _recall,
    "RecallStudy": lambda pretrained: demos.recurrent_networks.RecallStudy(study()),
    "SequentialDepth": lambda pretrained: demos.recurrent_networks.SequentialDepth(),
    "TinyMemory": lambda pretrained: demos.recurrent_networks.TinyMemory(),
    "Unrolled": lambda pretrained: demos.recurrent_networks.Unrolled(_lstm(), "the cat sat"),
    "Training": _training,
    "TrainLive": lambda pretrained: demos.training.TrainLive(_TEXT * 20, seconds=1, aside=False),
    "AttentionHeads": _heads,
    "Film": lambda pretrained: demos.attention.Film(_random(5, 6, 6).softmax(-1), [2.0, 1.5, 1.0, 0.5, 0.1], 2.3),
    "HandmadeHead": lambda pretrained: demos.attention.HandmadeHead(),
    "Masks": lambda pretrained: demos.attention.Masks(*_random(2, 5, 4), _WORDS, padding=1),
    "Positions": lambda pretrained: demos.attention.Positions(_random(12, 8)),
    "QueryAndKeys": lambda pretrained: demos.attention.QueryAndKeys(
        [2, 0], [[3, -1], [1, 2], [0, 0]], [[150], [80], [0]], ["piano", "door", "because"]
    ),
    "RotaryDistance": lambda pretrained: demos.attention.RotaryDistance(),
    "Weights": lambda pretrained: demos.attention.Weights(_random(5, 5).softmax(-1), _WORDS),
    "WidthAndEntropy": lambda pretrained: demos.attention.WidthAndEntropy(),
    "XRay": lambda pretrained: demos.xray.XRay(pretrained("decoder"), "The door was shut."),
    "DrawTheCurve": lambda pretrained: demos.build_and_train_a_gpt.DrawTheCurve(),
    "Ladder": lambda pretrained: demos.build_and_train_a_gpt.Ladder({"6-gram": 2.1}),
    "SixFaults": lambda pretrained: demos.build_and_train_a_gpt.SixFaults(),
    "AssembleBlock": lambda pretrained: demos.the_transformer.AssembleBlock(),
    "ModelsToScale": lambda pretrained: demos.the_transformer.ModelsToScale(),
    "PositionalEncoding": lambda pretrained: demos.the_transformer.PositionalEncoding(),
    "Reversal": lambda pretrained: demos.the_transformer.Reversal(made.untrained()),
    "FillOrContinue": lambda pretrained: demos.bert_and_gpt.FillOrContinue(
        pretrained("masked_lm"), pretrained("decoder")
    ),
    "Similarity": lambda pretrained: demos.bert_and_gpt.Similarity(pretrained("encoder")),
    "Timeline": lambda pretrained: demos.bert_and_gpt.Timeline(),
    "Visibility": lambda pretrained: demos.bert_and_gpt.Visibility(),
    "BeamTree": lambda pretrained: demos.choosing_the_next_word.BeamTree(pretrained("decoder"), "I would like to"),
    "DistributionLab": lambda pretrained: demos.choosing_the_next_word.DistributionLab(pretrained("decoder")),
    "KVCache": lambda pretrained: demos.choosing_the_next_word.KVCache(
        demos.choosing_the_next_word.kv_cache.Shape(134_515_008, 30, 576, 11_520)
    ),
    "Repetition": lambda pretrained: demos.choosing_the_next_word.Repetition(pretrained("decoder"), length=2),
    "SideBySide": lambda pretrained: demos.choosing_the_next_word.SideBySide(pretrained("decoder"), length=2),
    "FlipLabels": lambda pretrained: demos.few_shot_prompting.FlipLabels(pretrained("decoder")),
    "Order": lambda pretrained: made.order(),
    "Shots": lambda pretrained: made.shots(),
    "TemplateEditor": lambda pretrained: demos.few_shot_prompting.TemplateEditor(pretrained("decoder")),
    "Association": lambda pretrained: demos.measuring_bias.Association(pretrained("encoder")),
    "Mitigation": lambda pretrained: made.mitigation(),
    "Occupations": lambda pretrained: demos.measuring_bias.Occupations(made.WORDS, made.gaps(), made.TEMPLATES),
    "SwapWord": lambda pretrained: demos.measuring_bias.SwapWord(pretrained("decoder")),
    "Templates": lambda pretrained: demos.measuring_bias.Templates(made.WORDS, made.gaps(), made.TEMPLATES),
    "TwoGroups": lambda pretrained: demos.measuring_bias.TwoGroups(pretrained("decoder")),
    "BlockAndStacks": lambda pretrained: demos.pictures.BlockAndStacks(),
    "BootstrapOfTen": lambda pretrained: demos.pictures.BootstrapOfTen(),
    "CountsLookUp": lambda pretrained: demos.pictures.CountsLookUp(made.pairs(), "the dog saw the"),
    "CourseMap": lambda pretrained: demos.pictures.CourseMap("04"),
    "FifteenOfHundred": lambda pretrained: demos.pictures.FifteenOfHundred(),
    "GapRuler": lambda pretrained: demos.pictures.GapRuler(made.WORDS[::2], made.gaps()[::2]),
    "HalvesAndBits": lambda pretrained: demos.pictures.HalvesAndBits(),
    "HeadsCut": lambda pretrained: demos.pictures.HeadsCut(*made.six_words(), asking=2),
    "MachineMap": lambda pretrained: demos.pictures.MachineMap("attention"),
    "NoteUnrolled": lambda pretrained: demos.pictures.NoteUnrolled(),
    "PromptAsContext": lambda pretrained: demos.pictures.PromptAsContext(pretrained("decoder")),
    "ResidualAccount": lambda pretrained: demos.pictures.ResidualAccount(pretrained("decoder")),
    "RowTimesColumn": lambda pretrained: demos.pictures.RowTimesColumn(),
    "ScoreShareMix": lambda pretrained: demos.pictures.ScoreShareMix(
        [2, 0], [[3, -1], [1, 2], [0, 0]], [[150], [80], [0]], ["piano", "door", "because"]
    ),
    "ShuffledGroups": lambda pretrained: demos.pictures.ShuffledGroups([0.3, 0.1, 0.2], [0.0, 0.15, -0.1]),
    "SoftmaxLengths": lambda pretrained: demos.pictures.SoftmaxLengths(),
    "TrainingCircle": lambda pretrained: demos.pictures.TrainingCircle(),
    "TwinsOfSentences": lambda pretrained: demos.pictures.TwinsOfSentences(),
    "WhoMayBeAsked": lambda pretrained: demos.pictures.WhoMayBeAsked(),
}
