"""Examples → a trained tagger: the loop, its checkpoints, the prior it saw; word vectors."""
