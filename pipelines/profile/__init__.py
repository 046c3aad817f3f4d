"""A place, told: on one screen or on paper, read from a release, in Swedish. Nothing here makes a figure.

command          what `jamlik profile` does with its words
facts            what the release says of a place
words            the Swedish: numbers, comparisons, changes, what is missing
sentences        what is said in whole sentences, on screen and paper alike
screen           one screen, or everything
paper            two A4 pages as PDF or PNG
paper_standing   … the first: where the place stands
paper_groups     … the second: for whom it is worse, goals, what cannot be seen
paper_parts      … what both share
sheet            a sheet of A4 as SVG
"""
