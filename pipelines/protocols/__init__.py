"""The statistics services' protocols: how each kind is asked, and whether what came back is what was asked
for.
"""
