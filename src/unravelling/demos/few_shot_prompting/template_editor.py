"""A prompt put together from examples, a template and an instruction, and the words the model would go on with."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

import torch

from unravelling import models
from unravelling.demos.base import BadInput, Demo, Scene, Slider, Text, Toggle, Values
from unravelling.demos.few_shot_prompting.prompt_picture import bars, prompt, quoted
from unravelling.language_models import prompting
from unravelling.language_models.continuations import next_token_log_probabilities
from unravelling.language_models.prompting.tasks import pairs_of

if TYPE_CHECKING:
    from unravelling.models.pretrained import Pretrained

EXAMPLES = "hot -> cold; early -> late; full -> empty"
FORMS = ("examples", "instruction and examples", "a chat")
SHOWN = 7
READ_WHOLE = 64  # tokens: a prompt this short is read and remembered whole; of a longer one, what precedes the question


class Asked(NamedTuple):
    """prefix, question: the prompt, as the model reads it. likeliest: the next tokens and their probabilities."""

    prefix: str
    question: str
    likeliest: list[tuple[str, float]]
    tokens: int


class TemplateEditor(Demo):
    """Write examples, a template and a question; see the prompt as the model reads it and what it would write next.

    decoder: a loaded model or a name for `models.load`.
    """

    title = "A prompt of your own"
    bad_input = (*Demo.bad_input, prompting.PromptError)
    examples = Text("examples", EXAMPLES, most_words=120)
    shots = Slider("of them shown", 0, 3, value=2)
    question = Text("question", "big", most_words=60)
    template = Text("template", "{text} -> {answer}", most_words=20)
    form = Toggle("form", list(FORMS), value=FORMS[1])
    instruction = Text("instruction", "Write the opposite of the word.", most_words=60)

    def __init__(self, decoder: Pretrained | str, examples: str = EXAMPLES, question: str = "big") -> None:
        super().__init__()
        self.decoder = models.loaded(decoder)
        self.examples, self.question = examples, question
        self._fit()

    def on_change(self, name: str) -> None:
        if name == "examples":
            self._fit()

    def _fit(self) -> None:
        with suppress(prompting.PromptError):  # compute says it
            if pairs := pairs_of(self.examples):
                self.set_range("shots", 0, len(pairs))

    def compute(self, v: Values) -> Asked:
        pairs = pairs_of(v.examples)
        if not pairs:
            raise BadInput("There is no example: write one, such as 'hot -> cold', with ';' before the next.")
        if any(not text or not answer for text, answer in pairs):
            raise BadInput("An example is half empty: each needs a text before the arrow and an answer behind it.")
        question = v.question.strip()
        if question in [text for text, _ in pairs[: v.shots]]:
            raise BadInput(f"'{question}' is among the examples, with its answer: ask about something else.")
        written = prompting.format_of(v.template)
        prefix, line = self._prompt(v, written, pairs[: v.shots], question)
        count = len(self.decoder.ids(prefix + line))
        if count <= READ_WHOLE:
            prefix, line = prefix + line, ""
        logs = next_token_log_probabilities(self.decoder, prefix, [line])[0]
        best, tokens = torch.topk(logs.exp(), SHOWN)
        names = [self.decoder.tokenizer.decode([token]) for token in tokens.tolist()]
        return Asked(prefix, line, list(zip(names, best.tolist(), strict=True)), count)

    def _prompt(
        self, v: Values, written: prompting.Format, shown: list[prompting.Pair], question: str
    ) -> tuple[str, str]:
        if v.form == FORMS[0]:
            return written.prefix(shown), written.fill(question)
        instruction = v.instruction.strip()
        if v.form == FORMS[1]:
            return written.prefix(shown, instruction), written.fill(question)
        before, _, after = written.question.partition("{text}")
        turn = written.prefix(shown, instruction).removesuffix(written.join)
        head, tail = prompting.chat(self.decoder, turn, before, after)
        return head, question + tail

    def draw(self, v: Values, data: Asked) -> Scene:
        scene = Scene(height=320)
        scene.text(8, 14, f"the prompt, {data.tokens} tokens", role="muted", size=12)
        left = prompt(scene, 8, 28, data.prefix + data.question, 390)
        scene.text(420, 14, "the next token", role="muted", size=12)
        right = bars(scene, 404, 30, data.likeliest, "query", 160)
        scene.height = max(left, right) + 8
        return scene

    def describe(self, v: Values, data: Asked) -> str:
        (first, share), (second, its_share) = data.likeliest[:2]
        return (
            f"{v.form[0].upper()}{v.form[1:]}, {v.shots} shown, {data.tokens} tokens: after "
            f"“{v.question.strip()}” the likeliest next token is {quoted(first)} ({share:.1%}), then "
            f"{quoted(second)} ({its_share:.1%})."
        )
