"""The demos of module 02: pieces that grow, a ball on the curve of a loss, and a table that learns."""

from unravelling.demos.tokens_and_embeddings.ball_on_curve import BallOnCurve
from unravelling.demos.tokens_and_embeddings.growing_pieces import GrowingPieces
from unravelling.demos.tokens_and_embeddings.table_learns import TableLearns

__all__ = ["BallOnCurve", "GrowingPieces", "TableLearns"]
