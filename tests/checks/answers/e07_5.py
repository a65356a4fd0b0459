"""Answers to 07.5."""

from __future__ import annotations

import torch

from tests.checks.answers import right, wrong
from unravelling.checks.bert_and_gpt.family_and_visibility import TASKS, FamilyAndVisibility

seen = FamilyAndVisibility.reference.visibility

MUTANTS = {
    "visibility: if False: (3)": "encoder_looks_back",
    "visibility: if False: (4)": "reading_from_left_to_right",
    "visibility: if True: (4)": "decoder_with_a_prefix",
    "visibility: if read == 'encoder':": "encoder_looks_back",
    "visibility: if read == 'encoder-decoder':": "reading_from_left_to_right",
    "visibility: mask = mask.triu()": "looked_at_in_rows",
    "visibility: mask[:read,] = True": "reading_what_is_not_yet_written",
    "visibility: without: if family == 'encoder':": "encoder_looks_back",
    "visibility: without: if family == 'encoder-decoder':": "reading_from_left_to_right",
    "visibility: without: mask[:read, :read] = True": "reading_from_left_to_right",
    "visibility: without: return mask (2)": "encoder_looks_back",
}


def changed(family, change):
    """A wrong visibility: `change(mask, read)` gives another mask for one family."""

    def visibility(asked, read, write):
        mask = seen(asked, read, write)
        return change(mask, read) if asked == family else mask

    return visibility


def patched(rows, columns, value):
    """A change of one part of the mask: rows and columns are "read" or "written"; value is a bool."""

    def change(mask, read):
        part = {"read": slice(None, read), "written": slice(read, None)}
        mask[part[rows], part[columns]] = value
        return mask

    return change


def answers(**others):
    """A family_of that differs for the tasks that begin with these words."""

    def family_of(task):
        return others.get(task.split()[0], TASKS[task][0])

    return family_of


@right("07.5")
class with_numpy:
    def visibility(family, read, write):
        import numpy

        if family not in {"encoder", "decoder", "encoder-decoder"} or (family, write > 0) == ("encoder", True):
            raise ValueError(family, write)
        T = read + write
        mask = numpy.tril(numpy.ones((T, T), dtype=bool))
        if family != "decoder":
            mask[:read, :read] = True
        return torch.from_numpy(mask)


@right("07.5")
class of_four_blocks:
    def visibility(family, read, write):
        if family == "encoder":
            if write:
                raise ValueError("An encoder does not write.")
            return torch.full((read, read), True)
        if family == "decoder":
            return ~torch.triu(torch.ones(read + write, read + write), diagonal=1).bool()
        if family == "encoder-decoder":
            top = torch.cat([torch.ones(read, read), torch.zeros(read, write)], 1)
            below = torch.cat([torch.ones(write, read), torch.ones(write, write).tril()], 1)
            return torch.cat([top, below]) > 0
        raise ValueError(f"no {family}")


@right("07.5")
class an_error_of_her_own:
    def visibility(family, read, write):
        class NoFamily(ValueError):
            pass

        if family not in ("encoder", "decoder", "encoder-decoder") or (family == "encoder" and write):
            raise NoFamily
        return seen(family, read, write)


@right("07.5")
class by_the_verb:
    def family_of(task):
        verbs = {"sort": 0, "find": 0, "fill": 0, "suggest": 1, "answer": 1, "translate": 2}
        return ["encoder", "decoder", "encoder-decoder"][verbs[task[: task.index(" ")]]]


@wrong("07.5", says="The whole review is there")
class reviews_by_a_decoder:
    family_of = answers(sort="decoder")


@wrong("07.5", says="you chose decoder")
class passages_by_a_decoder:
    family_of = answers(find="decoder")


@wrong("07.5", told="gaps_for_the_decoder", says="A gap is filled with a word")
class gaps_by_a_decoder:
    family_of = answers(fill="decoder")


@wrong("07.5", says="you chose decoder")
class a_decoder_for_all_but_translating:
    family_of = answers(sort="decoder", find="decoder", fill="decoder")


@wrong("07.5", says="it cannot write another")
class translating_with_an_encoder:
    family_of = answers(translate="encoder")


@wrong("07.5", says="no text has to be written")
class gaps_by_an_encoder_decoder:
    family_of = answers(fill="encoder-decoder")


@wrong("07.5", says="you say 'Encoder'")
class with_capitals:
    def family_of(task):
        return TASKS[task][0].capitalize()


@wrong("07.5", says="nothing (None)")
class printed:
    def family_of(task):
        print(TASKS[task][0])


@wrong("07.5", says="An encoder writes nothing: with write above 0 it raises ValueError.")
class only_other_families_refused:
    def visibility(family, read, write):
        if family not in ("encoder", "decoder", "encoder-decoder"):
            raise ValueError(family)
        if family == "encoder":
            return torch.ones(read + write, read + write, dtype=torch.bool)
        return seen(family, read, write)


@wrong("07.5", says="Any other name raises ValueError")
class only_writing_refused:
    def visibility(family, read, write):
        if family == "encoder" and write:
            raise ValueError("An encoder writes nothing.")
        return seen(family if family in ("encoder", "encoder-decoder") else "decoder", read, write)


@wrong("07.5", says="even one that is a part of a right one")
class a_part_of_a_text:
    def visibility(family, read, write):
        if family not in "encoder-decoder":
            raise ValueError(family)
        return seen("decoder" if family == "coder" else family, read, write)


@wrong("07.5", says="it should raise ValueError")
class a_key_error:
    def visibility(family, read, write):
        if family == "encoder" and write:
            raise ValueError("An encoder writes nothing.")
        masks = {each: seen(each, read, 0 if each == "encoder" else write) for each in ("encoder", "decoder")}
        return {**masks, "encoder-decoder": seen("encoder-decoder", read, write)}[family]


@wrong("07.5", says="it should raise ValueError")
class an_assertion:
    def visibility(family, read, write):
        assert family in ("encoder", "decoder", "encoder-decoder")
        assert family != "encoder" or write == 0
        return seen(family, read, write)


@wrong("07.5", says="torch.float32, not torch.bool")
class of_ones_and_zeros:
    def visibility(family, read, write):
        return seen(family, read, write).float()


@wrong("07.5", told="true_forbids", says="True and False have changed places")
class as_torchs_layers_want_it:
    def visibility(family, read, write):
        return torch.logical_not(seen(family, read, write))


@wrong("07.5", told="decoder_with_a_prefix", says="reads the given text in both directions")
class a_prefix_model:
    visibility = changed("decoder", patched("read", "read", True))


@wrong("07.5", says="In the decoder, token 1 (written) may look at token 0 (read)")
class decoder_forgets_what_it_read:
    visibility = changed("decoder", patched("written", "read", False))


@wrong("07.5", told="encoder_decoder_sees_all", says="everything sees everything")
class all_ones_but_for_a_decoder:
    def visibility(family, read, write):
        mask = seen(family, read, write)
        return mask if family == "decoder" else torch.ones_like(mask)


@wrong("07.5", told="looked_at_in_rows", says="Of row i and column j, which is the token that looks?")
class all_turned:
    def visibility(family, read, write):
        return seen(family, read, write).T.clone()


@wrong("07.5", told="without_cross_attention", says="do not see the text that was read")
class blocks_apart:
    def visibility(family, read, write):
        mask = seen(family, read, write)
        return torch.block_diag(mask[:read, :read], mask[read:, read:]).bool() if family == "encoder-decoder" else mask


@wrong("07.5", says="has shape")
class one_too_wide:
    def visibility(family, read, write):
        return torch.ones(read + write + 1, read + write + 1, dtype=torch.bool).tril() & (
            len(seen(family, read, write)) > 0
        )


@wrong("07.5", says="may look at token")
class looks_at_one_before_only:
    def visibility(family, read, write):
        mask = seen(family, read, write)
        return mask & mask.triu(-1) if family == "decoder" else mask
