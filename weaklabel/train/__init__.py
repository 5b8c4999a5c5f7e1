"""Examples → a trained network: the loop, its checkpoints, the prior it saw, trainers; vectors."""
