"""The steps of a run, each a function of what it is given; :mod:`weaklabel.pipeline` calls them.

The first argument of each is the run's folder, which it tells of its progress, or on what it did
not depend. Labelling and aggregation need no torch.
"""
