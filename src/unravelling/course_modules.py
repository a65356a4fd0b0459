"""The modules of the course that stand, by number. Each goes by one name: its folder in authoring/ is 04_attention, its
exercises lie in checks/attention/, its demos in demos/attention/."""

from __future__ import annotations

MODULES = {
    "00": "start_here",
    "01": "what_is_a_language_model",
    "02": "tokens_and_embeddings",
    "03": "recurrent_networks",
    "04": "attention",
    "05": "the_transformer",
    "06": "build_and_train_a_gpt",
    "07": "bert_and_gpt",
    "09": "choosing_the_next_word",
    "10": "few_shot_prompting",
    "11": "measuring_bias",
}
