"""07.5: which family for which task, and who sees whom in it."""

from __future__ import annotations

import torch

from ..declare import Case, alternative, exercise, holds, misconception, share, slip
from ..random_inputs import randint

FAMILIES = ("encoder", "decoder", "encoder-decoder")

# The family that was made for each task, and what to think of before choosing another.
TASKS: dict[str, tuple[str, dict[str, str]]] = {
    "sort reviews into praise and complaint": (
        "encoder",
        {
            "decoder": "The whole review is there and nothing has to be written, but your family lets each word see "
            "only those before it. Which family reads every word with all the others in sight?",
            "encoder-decoder": "Half of your model is there to write a text, and what is wanted here is one of two "
            "labels. What is left if you take away the half that writes?",
        },
    ),
    "find the passages nearest in meaning to a question": (
        "encoder",
        {
            "decoder": "A passage becomes one vector here, made of all its words, and vectors are compared. In your "
            "family only the last word has seen the whole passage. In which one has every word seen it?",
            "encoder-decoder": "Nothing is written here: passages become vectors, and vectors are compared. Which half "
            "of your model would have nothing to do?",
        },
    ),
    "fill the gaps in a damaged inscription": (
        "encoder",
        {
            "decoder": "What comes AFTER a gap says as much about it as what comes before, and your family sees only "
            "what comes before. Which one was trained on exactly this question?",
            "encoder-decoder": "That works, and T5 was trained in a similar way. But for single words at known places "
            "no text has to be written. Which simpler family names the word in its own place?",
        },
    ),
    "suggest the next word on a phone": (
        "decoder",
        {
            "encoder": "Your family is trained to fill a gap with words on both sides. After the gap there is nothing "
            "yet: the user is still typing. Which family is trained on exactly that, at every word of every text?",
            "encoder-decoder": "There are not two texts here, one to read and one to write, but a single one that is "
            "continued. Which family needs only one stack for that?",
        },
    ),
    "answer whatever is asked in a chat": (
        "decoder",
        {
            "encoder": "An answer has to be written, word after word, and your family writes nothing. Which one "
            "continues a text of any kind?",
            "encoder-decoder": "That works. But question, answer and next question are one growing text, and there are "
            "no pairs of texts that say beforehand what will be asked. Which family continues any text, as GPT-3 "
            "does?",
        },
    ),
    "translate sentences, learned from pairs of them": (
        "encoder-decoder",
        {
            "encoder": "Your family can read the sentence in both directions, but it cannot write another. What has to "
            "be added?",
            "decoder": "That works, and large models do it. But this sentence is finished before the first word is "
            "written, and your family reads it as if it were not: each word without those after it. Which family reads "
            "in both directions and then writes? (It is the one of 2017.)",
        },
    ),
}


@exercise("07.5", points=3, difficulty=2, minutes=10)
class FamilyAndVisibility:
    """Choose the family that was made for each of six tasks, and write down who may look at whom in it."""

    functions = ("family_of", "visibility")
    returns = ("family_of", "visibility")
    compares = False  # the properties compare, and do not give the answer away
    unique = True  # each mask is; of a family with its mask no fact is told, and so none about the letters of its name
    because = (
        "Who may look at whom is what sets the families apart: everybody at everything, each token only back, or a "
        "text read whole and another written from it."
    )
    hints = (
        "For each task two questions. Is a text written, or is something said about a text that is there? And if one "
        "is written: is there another that is finished before, or does a single text go on? For visibility begin with "
        "the last row: what may the last token see in each family?",
        "Nothing written: encoder. One text that goes on: decoder. One text turned into another: encoder-decoder. The "
        "masks, with T = read + write: all True; the lower triangle; the lower triangle in which the tokens of the "
        "text that is read see each other in both directions. First refuse an unknown family, and an encoder with "
        "write above 0.",
        "A dictionary from task to family, and return FAMILY[task]. And: mask = torch.ones(T, T, dtype=torch.bool); "
        "for a decoder mask.tril(); for an encoder-decoder mask = mask.tril(), then mask[:read, :read] = True.",
    )

    def cases(rng):
        sizes = ((2, 0), (1, 0), (4, 0), (1, 3), (3, 2), (2, 3))
        for (task, (family, _)), (read, write) in zip(TASKS.items(), sizes, strict=True):
            yield Case(
                f'"{task}"; {family}, {read} read, {write} written', task=task, family=family, read=read, write=write
            )
        # The others ask for a mask alone, so that a wrong choice of family is not counted there as well.
        yield Case("an encoder-decoder before its first word", family=FAMILIES[2], read=3, write=0)
        yield Case("a decoder with nothing to read", family=FAMILIES[1], read=0, write=3)
        read, write = randint(rng, 3, 6), randint(rng, 7, 9)
        for family in FAMILIES[1:]:
            yield Case(f"{family}, {read} read, {write} written", family=family, read=read, write=write)
        nothing = "In an encoder-decoder without a text to read, written tokens see those before them, as in a decoder."
        yield Case("an encoder-decoder with nothing to read", nothing, family=FAMILIES[2], read=0, write=3)
        writes = "An encoder writes nothing: with write above 0 it raises ValueError."
        yield Case("an encoder asked to write", writes, family="encoder", read=3, write=1)
        others = "Any other name raises ValueError, even one that is a part of a right one."
        yield Case("an unknown family", others, family="recoder", read=2, write=0)
        yield Case("a part of a family's name", others, family="coder", read=2, write=1)

    class reference:
        def family_of(task):
            """Name the family of transformers that was made for a task.

            task: a str, one of the six below. Returns "encoder", "decoder" or "encoder-decoder".
            encoder: says something about a whole text (a label, a vector, the word for a gap), and
            writes nothing. decoder: continues a text, each word from the words before it. encoder-decoder: reads one
            text that is finished, in both directions, and writes another. If several could do it, take the one that was
            made for just this and carries nothing that it does not need.
            The tasks: "sort reviews into praise and complaint", "find the passages nearest in meaning to a question",
            "fill the gaps in a damaged inscription", "suggest the next word on a phone", "answer whatever is asked in a
            chat", "translate sentences, learned from pairs of them".
            Example: a seventh task, "mark the names of people in a text", would be one for an "encoder".
            Source: Raffel et al., 2019, "T5", arXiv:1910.10683, section 3.2, compares the last two; the first is
            BERT's: Devlin et al., 2018, arXiv:1810.04805.
            """
            return TASKS[task][0]

        def visibility(family, read, write):
            """Say who may look at whom: which tokens each token sees in a family of transformers.

            family: "encoder", "decoder" or "encoder-decoder". read: how many tokens of text are given; they come first.
            write: how many tokens are written after them. Ints, 0 or more, not both 0.
            Returns a (read + write, read + write) bool tensor: True in row i and column j if token i may look at token
            j. Every token may look at itself. In an encoder every token looks at every other. In a decoder each looks
            at those before it, read or written. In an encoder-decoder each token that is read looks at every other
            that is read, and never at what is written; a written token looks at all that were read and at those written
            before it.
            Raises ValueError for any other family, and for an encoder if write is above 0: it writes nothing.
            Example: visibility("decoder", 1, 1) is tensor([[True, False], [True, True]]).
            Source: Raffel et al., 2019, "T5", arXiv:1910.10683, figures 3 and 4.
            """
            if family not in ("encoder", "decoder", "encoder-decoder"):
                raise ValueError(f"There is no family {family!r}.")
            if family == "encoder" and write > 0:
                raise ValueError("An encoder writes nothing.")
            mask = torch.ones(read + write, read + write, dtype=torch.bool)
            if family == "encoder":
                return mask
            mask = mask.tril()
            if family == "encoder-decoder":
                mask[:read, :read] = True
            return mask

    def probe(solution, family, read, write, task=""):
        chosen = {"family_of": solution.family_of(task)} if task else {}
        return {**chosen, "visibility": solution.visibility(family, read, write)}

    @share(points=1)
    def family_of(solution, family, read, write, task=""):
        return solution.family_of(task) if task else ""

    @share(points=2)
    def visibility(solution, family, read, write, task=""):
        return solution.visibility(family, read, write)

    def show(case):
        return f"result = {'family_of(task), ' if case.get('task') else ''}visibility(family, read, write)"

    @holds("family_of names one of the three families")
    def names_a_family(case, result):
        chosen = result.get("family_of", "")
        if case.get("task") and chosen not in FAMILIES:
            return f'For "{case["task"]}" you say {chosen!r}; choose "encoder", "decoder" or "encoder-decoder".'
        return None

    @holds("each task has the family that was made for it")
    def family_fits(case, result):
        chosen, thoughts = result.get("family_of", ""), TASKS[case["task"]][1] if case.get("task") else {}
        if chosen not in thoughts:
            return None
        return f'For "{case["task"]}" you chose {chosen}. {thoughts[chosen]}'

    @holds("each token sees what its family lets it see")
    def sees_what_it_may(case, result):
        family, read, write = case["family"], case["read"], case["write"]
        mask = result["visibility"]
        wrong = mask != FamilyAndVisibility.reference.visibility(family, read, write)
        if not wrong.any():
            return None
        i, j = wrong.nonzero()[0].tolist()
        which = [f"token {place} ({'read' if place < read else 'written'})" for place in (i, j)]
        may = "may not" if bool(mask[i, j]) else "may"
        says = f"your mask says {bool(mask[i, j])} there ({int(wrong.sum())} of {wrong.numel()} entries differ)"
        return f"In the {family}, {which[0]} {may} look at {which[1]}; {says}."

    decoder_for_all = slip(
        "A decoder is your answer to everything. A very large one can be asked to do all six. But in three of the "
        "tasks the whole text is there: what does each of its words miss when it may only look back?",
        ("TASKS[task][0]", '"decoder"'),
        of="family_of",
    )

    encoder_for_all = slip(
        "An encoder is your answer to everything. It reads well and writes nothing. In which of the tasks does a text "
        "have to be written?",
        ("TASKS[task][0]", '"encoder"'),
        of="family_of",
    )

    encoder_decoder_for_all = slip(
        "An encoder-decoder is your answer to everything. It can do all of it, with half of it idle most of the time. "
        "In which of the tasks is one finished text turned into another?",
        ("TASKS[task][0]", '"encoder-decoder"'),
        of="family_of",
    )

    words_in_words_out = slip(
        "You took a model that reads and writes wherever words go in and words come out. A phone and a chat continue "
        "one single text, and a gap is filled without writing a text. Which task alone has two?",
        ("TASKS[task][0]", '"encoder" if task.startswith(("sort", "find")) else "encoder-decoder"'),
        of="family_of",
    )

    gaps_for_the_decoder = slip(
        "A gap is filled with a word, so you took the family that writes words. But the word is chosen with "
        "both sides in sight. Which family sees both?",
        ("TASKS[task][0]", '"decoder" if task.startswith("fill") else TASKS[task][0]'),
        of="family_of",
    )

    encoder_looks_back = slip(
        "Your encoder looks back only. That is how a decoder sees. What may a token look at "
        "when the whole text is there?",
        ('if family == "encoder":', "if False:"),
        of="visibility",
    )

    decoder_sees_all = slip(
        "Your decoder sees everything, the word that it is to name next included. What would it learn if it "
        "could see the answer?",
        ("mask.tril()", 'mask if family == "decoder" else mask.tril()'),
        of="visibility",
    )

    decoder_upside_down = slip(
        "Your decoder looks ahead and not back: the triangle is the other one. Rows look, columns are looked at. On "
        "which side of the diagonal are the columns that come before a row?",
        ("mask.tril()", 'mask.triu() if family == "decoder" else mask.tril()'),
        of="visibility",
    )

    decoder_with_a_prefix = slip(
        "Your decoder reads the given text in both directions. Some models do (they are called prefix models), GPT "
        "does not: to GPT, what is given is the beginning of one text. What may token 0 see in a decoder?",
        ('if family == "encoder-decoder":', "if True:"),
        of="visibility",
    )

    reading_from_left_to_right = slip(
        "Your encoder-decoder reads like a decoder, from left to right, and so gives up what its encoder is for. "
        "Which entries of the mask are about read tokens looking at read tokens?",
        ("mask[:read, :read] = True", "pass"),
        of="visibility",
    )

    without_cross_attention = slip(
        "In your encoder-decoder the tokens that are written do not see the text that was read: it would translate "
        "without a look at the sentence. Which entries are about that (in the model itself, cross-attention)?",
        ("mask[:read, :read] = True", "mask[:read, :read], mask[read:, :read] = True, False"),
        of="visibility",
    )

    reading_what_is_not_yet_written = slip(
        "In your encoder-decoder the text that is read sees what will be written. It is read before the first word is "
        "there. What should be in the upper right?",
        ("mask[:read, :read]", "mask[:read]"),
        of="visibility",
    )

    written_tokens_look_ahead = slip(
        "In your encoder-decoder a written token sees those written after it, which are not there yet. Which part of "
        "the mask needs its triangle?",
        ("mask[:read, :read]", "mask[:read, :read] = mask[read:, read:]"),
        of="visibility",
    )

    encoder_decoder_sees_all = slip(
        "In your encoder-decoder everything sees everything, also what is not yet written. Which part of the mask is "
        "that of an encoder, and which needs a triangle?",
        ("mask[:read, :read]", "mask[:]"),
        of="visibility",
    )

    @misconception(
        "No token may look at itself with you. The next word is guessed from the words up to and including this one. "
        "What should be on the diagonal?"
    )
    class not_at_itself:
        def visibility(family, read, write):
            return FamilyAndVisibility.reference.visibility(family, read, write) & ~torch.eye(
                read + write, dtype=torch.bool
            )

    @misconception(
        "True and False have changed places: in this course True allows a look. (torch's own attention layers are the "
        "other way round.) Which sign turns a mask over?"
    )
    class true_forbids:
        def visibility(family, read, write):
            return ~FamilyAndVisibility.reference.visibility(family, read, write)

    @misconception(
        "Rows and columns have changed places: row i of your mask says by whom token i is looked at. Of row i and "
        "column j, which is the token that looks?"
    )
    class looked_at_in_rows:
        def visibility(family, read, write):
            return FamilyAndVisibility.reference.visibility(family, read, write).T.clone()

    nothing_refused = slip(
        "Nothing is refused: an encoder asked to write gets a mask, and so does a family that does not exist. Which "
        "two questions come before any mask is made?",
        ('raise ValueError(f"There is no family {family!r}.")', "pass"),
        ('raise ValueError("An encoder writes nothing.")', "pass"),
        of="visibility",
    )

    @alternative
    class by_two_questions:
        def family_of(task):
            writes = not any(verb in task for verb in ("sort", "find", "fill"))
            if not writes:
                return "encoder"
            return "encoder-decoder" if "pairs" in task else "decoder"

        def visibility(family, read, write):
            places = torch.arange(read + write)
            looks, seen = places[:, None], places[None, :]
            if family == "encoder" and not write:
                return (looks >= 0) & (seen >= 0)
            if family in ("decoder", "encoder-decoder"):
                together = (looks < read) & (seen < read) & (family != "decoder")
                return (seen <= looks) | together
            raise ValueError(family)

    @alternative
    class row_by_row:
        def family_of(task):
            match task.split()[0]:
                case "suggest" | "answer":
                    return "decoder"
                case "translate":
                    return "encoder-decoder"
            return "encoder"

        def visibility(family, read, write):
            last = {
                "encoder": lambda i: read,
                "decoder": lambda i: i + 1,
                "encoder-decoder": lambda i: max(read, i + 1),
            }
            if family not in last or (family == "encoder" and write != 0):
                raise ValueError("This cannot be.")
            T = read + write
            return torch.tensor([[j < last[family](i) for j in range(T)] for i in range(T)], dtype=torch.bool)
