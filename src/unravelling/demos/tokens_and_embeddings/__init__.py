"""The demos of module 02: from letters to tokens, from tokens to vectors, and a table that learns."""

from unravelling.demos.tokens_and_embeddings.ball_on_curve import BallOnCurve
from unravelling.demos.tokens_and_embeddings.embedding_map import EmbeddingMap
from unravelling.demos.tokens_and_embeddings.growing_pieces import GrowingPieces
from unravelling.demos.tokens_and_embeddings.how_many_r import HowManyR
from unravelling.demos.tokens_and_embeddings.table_learns import TableLearns
from unravelling.demos.tokens_and_embeddings.there_and_back import ThereAndBack
from unravelling.demos.tokens_and_embeddings.token_tax import TokenTax

__all__ = ["BallOnCurve", "EmbeddingMap", "GrowingPieces", "HowManyR", "TableLearns", "ThereAndBack", "TokenTax"]
