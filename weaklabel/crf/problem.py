"""What a back end is asked about: a batch and the layer's scores, with shapes that fit."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from weaklabel.errors import DataError


def known_floats(scores: Tensor) -> Tensor:
    """Scores in a type that is worked in: half precision is worked on as float32."""
    if scores.dtype in (torch.float32, torch.float64):
        return scores
    return scores.float()


class Problem(NamedTuple):
    """A batch, and the scores of a layer.

    Attributes:
        emissions: ``(B, T, K)`` float.
        mask: ``(B, T)`` bool, true on tokens; padding comes last.
        start, transitions, end: the layer's scores, ``(K,)``, ``(K, K)``, ``(K,)``.
        legal_start, legal_moves, legal_end: bool, the same shapes; what is false is forbidden.
        allowed: ``(B, T, K)`` bool, the tags that count; ``None``: all.
        moves: ``(B, T, K, K)`` float: ``moves[b, t, i, j]`` is added to ``transitions[i, j]`` for
            the move from tag ``i`` of token ``t - 1`` to tag ``j`` of token ``t``; the first
            token's and padding's are not looked at. ``None``: nothing is added.
    """

    emissions: Tensor
    mask: Tensor
    start: Tensor
    transitions: Tensor
    end: Tensor
    legal_start: Tensor
    legal_moves: Tensor
    legal_end: Tensor
    allowed: Tensor | None = None
    moves: Tensor | None = None

    def rows(self, rows: slice | Tensor) -> Problem:
        """Some of the sentences."""
        return self._replace(
            emissions=self.emissions[rows],
            mask=self.mask[rows],
            allowed=None if self.allowed is None else self.allowed[rows],
            moves=None if self.moves is None else self.moves[rows],
        )

    def first(self, steps: int) -> Problem:
        """The first tokens of each sentence."""
        return self._replace(
            emissions=self.emissions[:, :steps],
            mask=self.mask[:, :steps],
            allowed=None if self.allowed is None else self.allowed[:, :steps],
            moves=None if self.moves is None else self.moves[:, :steps],
        )

    def whole(self) -> Problem:
        """Without half precision, in which a gradient made of two is rounded before their sum."""
        return self._replace(
            emissions=known_floats(self.emissions),
            start=known_floats(self.start),
            transitions=known_floats(self.transitions),
            end=known_floats(self.end),
            moves=None if self.moves is None else known_floats(self.moves),
        )

    def check(self) -> None:
        """See that the shapes fit.

        Raises:
            DataError: if one does not; the message names the argument and its axes.
        """
        emissions, mask = self.emissions, self.mask
        expected = (*mask.shape, len(self.start))
        if len(expected) != 3 or emissions.shape != expected:
            raise DataError(
                f"emissions: expected shape {expected} (B sentences, T tokens, K tags; B and T as "
                f"in mask), got {tuple(emissions.shape)}"
            )
        if not emissions.dtype.is_floating_point:
            raise DataError(f"emissions: expected floats, got {emissions.dtype}")
        if mask.dtype is not torch.bool:
            raise DataError(f"mask: expected bool, got {mask.dtype}")
        self.check_allowed()
        moves, square = self.moves, (*expected, expected[-1])
        if moves is not None and (moves.shape != square or not moves.dtype.is_floating_point):
            raise DataError(
                f"moves: expected floats of shape {square} (B, T, K from, K to), "
                f"got {moves.dtype} of {tuple(moves.shape)}"
            )

    def check_allowed(self) -> None:
        """See that the shape of the allowed tags is the emissions'.

        Raises:
            DataError: if not.
        """
        if self.allowed is None:
            return
        allowed, expected = self.allowed, tuple(self.emissions.shape)
        if allowed.shape != expected or allowed.dtype is not torch.bool:
            raise DataError(
                f"allowed: expected bool of shape {expected} (B, T, K), "
                f"got {allowed.dtype} of {tuple(allowed.shape)}"
            )

    def check_tags(self, tags: Tensor) -> None:
        """See that a path for each sentence has the mask's shape and is of whole numbers.

        Raises:
            DataError: if not.
        """
        if tags.shape != self.mask.shape or tags.dtype is not torch.int64:
            raise DataError(
                f"tags: expected int64 of shape {tuple(self.mask.shape)} (B, T), "
                f"got {tags.dtype} of {tuple(tags.shape)}"
            )


def hole(row: int, step: int) -> DataError:
    """A token after padding."""
    return DataError(
        f"mask: batch row {row} has a token at step {step} after padding; padding must come last"
    )


def empty(row: int) -> DataError:
    """A sentence without a token."""
    return DataError(f"mask: batch row {row} is empty; every sentence needs a token")


class NotFinite(DataError):
    """A score is NaN or ``+inf``: in training, most often a loss that has diverged."""


def no_number(row: int, step: int) -> NotFinite:
    """An emission that is NaN or ``+inf``."""
    return NotFinite(f"emissions: NaN or +inf at step {step} of batch row {row}")


def no_move(row: int, step: int) -> NotFinite:
    """A move's score that is NaN or ``+inf``."""
    return NotFinite(f"moves: NaN or +inf at step {step} of batch row {row}")


def stuck(row: int, step: int) -> DataError:
    """Nothing is allowed."""
    return DataError(f"no tag is allowed at step {step} of batch row {row}")


def no_tag(row: int, step: int, tag: int, tags: int) -> DataError:
    """A tag out of range."""
    return DataError(f"tags: expected 0 to {tags - 1}, got {tag} at step {step} of batch row {row}")


def bad_scores() -> NotFinite:
    """The layer's own scores are no numbers."""
    return NotFinite("start, transitions or end: a score is NaN or +inf; has training diverged?")


def no_path(row: int) -> DataError:
    """Tags are allowed at each step, but no legal path through them."""
    return DataError(
        f"the allowed tags of batch row {row} leave no legal path; "
        "allow more tags, or mark the tokens as not known"
    )


def too_large(row: int) -> NotFinite:
    """Scores that are numbers, and whose sum along a path is none."""
    return NotFinite(f"the scores of batch row {row} add up to more than a float can hold")


def check_paths(log_sums: Tensor) -> None:
    """See that every sentence has a path: that no log-sum over them, or best score, is ``-inf``.

    Raises:
        DataError: if one has none, or its scores add up to ``+inf``.
    """
    lost = ~torch.isfinite(log_sums.detach())
    if bool(lost.any()):
        row = int(lost.nonzero()[0, 0])
        raise no_path(row) if log_sums[row] == -torch.inf else too_large(row)
