"""What a run is made of: its experiment, its folder, its stages, its tagger, its scores.

The flow itself is in :mod:`weaklabel.pipeline`; here is what that file leaves out to stay short.
"""
