"""09.8: write with a cache. The synthesis of this module."""

from __future__ import annotations

import torch

from ...declare import alternative, exercise, holds, share, slip
from ...instruments.cached_decoder import CachedDecoder
from .probe import cases, probe, show


@exercise("09.8", points=6, difficulty=3, minutes=35)
class GenerateWithCache:
    """Write token by token, working on each token only once."""

    functions = ("attend_with_cache", "generate_with_cache")
    returns = ("output", "keys", "values", "tokens", "second")
    because = (
        "Each token went through the model once, at its own position, and its keys and values waited in the cache for "
        "all that came after; so the text is the same as without, and the work is not."
    )
    hints = (
        "Which tokens may the second of three new ones see, if five are in the cache? And when the model has read a "
        "prompt of sixteen and you have chosen the next token: which tokens has it not worked on yet?",
        "attend_with_cache: put the new keys and values behind the old ones; row i of the scores may look at the first "
        "S + i + 1 of them. generate_with_cache: an empty cache (None); the prompt in pieces of `chunk`, each with the "
        "position of its first token; then the best token after the LAST row of scores; hand in that one token, at its "
        "own position; and so on.",
        "torch.ones(n, S + n, dtype=torch.bool).tril(S) is the mask. And: for start in range(0, len(prompt), chunk): "
        "logits, cache = model(prompt[start : start + chunk], start, cache). The first token that you write stands at "
        "position len(prompt).",
    )

    cases = cases

    class reference:
        def attend_with_cache(q, k, v, keys, values):
            """Let n new tokens look at those in the cache, and at each other.

            q, k, v: (h, n, d) float tensors: queries, keys and values of n new tokens, for each of h heads. keys,
            values: (h, S, d), those of the S tokens before them; S may be 0.
            Returns (output, keys, values): the new keys and values behind those of the cache, both (h, S + n, d), and
            for each new token the mixture of values, (h, n, d): scores q k / sqrt(d), softmax. A new token sees all
            tokens of the cache, the new ones before it, and itself. Leaves its inputs as they are.
            Example: the second of 2 new tokens, with 5 in the cache, mixes 7 values, and the first mixes 6.
            Source: Pope et al., 2022, "Efficiently Scaling Transformer Inference", arXiv:2211.05102, section 2.
            """
            keys, values = torch.cat([keys, k], dim=1), torch.cat([values, v], dim=1)
            n, total = q.shape[1], keys.shape[1]
            allowed = torch.ones(n, total, dtype=torch.bool).tril(total - n)
            scores = q @ keys.transpose(1, 2) / q.shape[2] ** 0.5  # (h, n, S + n)
            return scores.masked_fill(~allowed, -torch.inf).softmax(-1) @ values, keys, values

        def generate_with_cache(model, prompt, length, chunk):
            """Write greedily, working on each token only once.

            model: a function. model(ids, start, cache) takes n new tokens, an int64 tensor (n,), 1 to chunk of them;
            start, the position of the first of them, an int, counted from 0 at the beginning of the prompt; and cache,
            None at the beginning of a conversation, then what the model gave last. It returns (logits, cache): (n, V),
            the scores for what comes after each of the new tokens, and the cache with them in it.
            prompt: (T,) int64 tensor, T at least 1. length: how many tokens to write, at least 1. chunk: an int of at
            least 1.
            Returns a list of `length` ints (or an int64 tensor of that length): one token after another, each the one
            that scores highest after the prompt and all that was written before it. The model works on each token of
            the prompt once, and on each token that was written at most once. Each call begins anew; nothing is kept for
            the next. Leaves prompt as it is.
            Example: with a prompt of 16, chunk = 7 and length = 3 the model gets 7, 7, 2, 1 and 1 tokens.
            Source: Pope et al., 2022, "Efficiently Scaling Transformer Inference", arXiv:2211.05102, section 2.
            """
            cache = None
            for start in range(0, len(prompt), chunk):
                logits, cache = model(prompt[start : start + chunk], start, cache)
            written = [int(logits[-1].argmax())]
            for place in range(len(prompt), len(prompt) + length - 1):
                logits, cache = model(torch.tensor(written[-1:]), place, cache)
                written.append(int(logits[-1].argmax()))
            return written

    @share(points=3)
    def attend_with_cache(solution, q=None, k=None, v=None, keys=None, values=None, **writing):
        if q is None:
            return {}
        output, all_keys, all_values = solution.attend_with_cache(q, k, v, keys, values)
        return {"output": output, "keys": all_keys, "values": all_values}

    @share(points=3)
    def generate_with_cache(solution, prompt=None, length=None, chunk=None, then=None, seed=None, **attention):
        import torch

        from unravelling.checks.instruments.cached_decoder import CachedDecoder

        if prompt is None:
            return {}
        result, spare, model = {}, 0, CachedDecoder(seed, most=chunk)
        for name, text in {"tokens": prompt, "second": then}.items():
            if text is not None:
                before = sum(model.worked_on)
                with torch.no_grad():
                    result[name] = [int(each) for each in solution.generate_with_cache(model, text, length, chunk)]
                spare = max(spare, sum(model.worked_on) - before - len(text) - length)
        return result | {"spare": spare}

    probe = probe
    show = show

    def found(case, result):
        if "prompt" not in case.inputs or len(case["prompt"]) + case["length"] < 40:
            return ""
        model, T, length = CachedDecoder(0, most=1), len(case["prompt"]), case["length"]
        once = model.flops(T + length - 1, 0)
        again = sum(model.flops(T + i, 0) for i in range(length))
        return (
            f"{length} tokens took {once / 1e6:.1f} million operations; without a cache they would have taken "
            f"{again / 1e6:.1f} million, {again / once:.0f} times as many."
        )

    @holds("the model works on each token once")
    def each_token_once(case, result):
        if not result.get("spare"):
            return None
        return f"Your model worked on {result['spare']} tokens more than there are in prompt and text together."

    everything_visible = slip(
        "There is no mask, so the first token of a chunk sees the last. With one new token at a time nobody notices; "
        "a prompt that is read in one go comes out wrong. Which of the new tokens may each of them see?",
        ".masked_fill(~allowed, -torch.inf)",
        "",
        of="attend_with_cache",
    )

    mask_from_the_corner = slip(
        "The mask begins in the upper left corner, as if nothing were in the cache: a single new token sees only the "
        "very first. (torch's is_causal=True does just that.) By how many places must the diagonal move?",
        "tril(total - n)",
        "tril()",
        of="attend_with_cache",
    )

    sees_one_too_many = slip(
        "Each new token sees the one after it. How many tokens are in the cache, and which place does the new token "
        "itself have?",
        "tril(total - n)",
        "tril(total - n + 1)",
        of="attend_with_cache",
    )

    not_itself = slip(
        "A new token does not see itself; and with nothing in the cache the first one sees nothing at all, which gives "
        "NaN. Which is the last place that it may look at?",
        "tril(total - n)",
        "tril(total - n - 1)",
        of="attend_with_cache",
    )

    only_the_new_ones = slip(
        "The new tokens look at each other and at nothing in the cache: the text before them is forgotten, though its "
        "keys and values are there. What are the scores made with?",
        "-torch.inf)",
        "-torch.inf).masked_fill(torch.arange(total) < total - n, -torch.inf)",
        of="attend_with_cache",
    )

    new_ones_in_front = slip(
        "The new keys and values come before the old ones: the mask, which counts from the oldest, hides the wrong "
        "ones. At which end of the cache do new tokens belong?",
        ("[keys, k]", "[k, keys]"),
        ("[values, v]", "[v, values]"),
        of="attend_with_cache",
    )

    root_forgotten = slip(
        "The scores are not divided by the square root of d. What did your attention of 04.1 do to them?",
        " / q.shape[2] ** 0.5",
        "",
        of="attend_with_cache",
    )

    whole_text_each_time = slip(
        "The right text, with all the work: the model reads everything again for each token, with an empty cache. "
        "Which tokens has it not worked on yet?",
        (
            "model(torch.tensor(written[-1:]), place, cache)",
            "model_of_all(model, torch.cat([prompt, torch.tensor(written)]), chunk)",
        ),
        of="generate_with_cache",
    )

    position_stands_still = slip(
        "Every token that you write is handed in at the position of the first one, so the model takes all of them for "
        "the same place. By how much does the position grow with each?",
        "place, cache)",
        "len(prompt), cache)",
        of="generate_with_cache",
    )

    written_ones_at_zero = slip(
        "Every token that you write is handed in at position 0, as if it began the text. How many tokens stand before "
        "the first one that you write, and how many before the second?",
        "place, cache)",
        "0, cache)",
        of="generate_with_cache",
    )

    position_of_the_next = slip(
        "The position is one too far: it is that of the token to come, not of the one that is handed in. Where does "
        "the first token that you write stand, if the prompt has T tokens and is counted from 0?",
        "place, cache)",
        "place + 1, cache)",
        of="generate_with_cache",
    )

    chunks_all_at_zero = slip(
        "Every chunk of the prompt is handed in at position 0, as if each began the text. At which position does the "
        "second chunk of seven begin?",
        "chunk], start, cache)",
        "chunk], 0, cache)",
        of="generate_with_cache",
    )

    cache_lost_between_chunks = slip(
        "Each chunk of the prompt begins with an empty cache, so only the last one is remembered. What did the model "
        "give back with the scores of the chunk before?",
        "chunk], start, cache)",
        "chunk], start, None)",
        of="generate_with_cache",
    )

    first_row = slip(
        "You choose by the first row of scores after the prompt: that is what follows its last chunk's first token. "
        "Which row speaks of what comes after the last one?",
        "[int(logits[-1].argmax())]",
        "[int(logits[0].argmax())]",
        of="generate_with_cache",
    )

    last_of_the_prompt_twice = slip(
        "The last token of the prompt is handed in twice, so it stands in the cache twice. Whose scores are there "
        "already, when the prompt has been read?",
        (
            "written = [int(logits[-1].argmax())]",
            "logits, cache = model(prompt[-1:], len(prompt), cache)\n    written = [int(logits[-1].argmax())]",
        ),
        ("place, cache)", "place + 1, cache)"),
        of="generate_with_cache",
    )

    chunk_unused = slip(
        "The prompt goes in whole, however long it is. A long one needs memory for all its scores at once, which is "
        "what chunks are for. Which argument has not been used?",
        (
            "for start in range(0, len(prompt), chunk):\n        logits, cache = model(prompt[start : start + chunk], "
            "start, cache)",
            "logits, cache = model(prompt, 0, cache)",
        ),
        of="generate_with_cache",
    )

    cache_of_the_last_conversation = slip(
        "The cache of one call is still there in the next: the second conversation remembers the first. What should "
        "the cache be at the beginning of each?",
        ("cache = None", 'cache = getattr(model, "cache", None)'),
        ("return written", "model.cache = cache\n    return written"),
        of="generate_with_cache",
    )

    prompt_returned = slip(
        "The prompt is part of what you return. Who wrote it, the model or the caller?",
        "return written",
        "return prompt.tolist() + written",
        of="generate_with_cache",
    )

    @alternative
    class by_another_way:
        def attend_with_cache(q, k, v, keys, values):
            S = keys.shape[1]
            keys, values = torch.cat((keys, k), 1), torch.cat((values, v), 1)
            may = torch.arange(keys.shape[1])[None, :] <= S + torch.arange(q.shape[1])[:, None]
            output = torch.nn.functional.scaled_dot_product_attention(q, keys, values, attn_mask=may)
            return output, keys, values

        def generate_with_cache(model, prompt, length, chunk):
            cache, seen, written = None, 0, []
            waiting = list(prompt.split(chunk))
            while len(written) < length:
                logits, cache = model(waiting[0], seen, cache)
                seen += len(waiting.pop(0))
                if not waiting:
                    written.append(logits[-1].argmax().item())
                    waiting.append(torch.tensor([written[-1]]))
            return written

    @alternative
    class one_query_at_a_time:
        def attend_with_cache(q, k, v, keys, values):
            outputs = []
            for i in range(q.shape[1]):
                keys = torch.cat([keys, k[:, i, None]], dim=1)
                values = torch.cat([values, v[:, i, None]], dim=1)
                scores = torch.einsum("hd,hsd->hs", q[:, i], keys) / q.shape[-1] ** 0.5
                outputs.append(torch.einsum("hs,hsd->hd", scores.softmax(-1), values))
            return torch.stack(outputs, dim=1), keys, values

        def generate_with_cache(model, prompt, length, chunk):
            text, cache, start = prompt.tolist(), None, 0
            while len(text) < len(prompt) + length:
                new = text[start : start + chunk]
                logits, cache = model(torch.tensor(new), start, cache)
                start += len(new)
                if start == len(text):
                    text.append(int(logits[-1].topk(1).indices))
            return text[len(prompt) :]


def model_of_all(model, text, chunk):
    """What a model gives for a whole text, read from the beginning."""
    cache = None
    for start in range(0, len(text), chunk):
        logits, cache = model(text[start : start + chunk], start, cache)
    return logits, cache
