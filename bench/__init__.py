"""Our figures beside those of our peers, measured in one run: `make bench`.

Each suite measures both sides in turn, the same work on the same data, and answers with medians,
their spread and the ratio. Nothing is kept but a generated log in the system's temporary folder.
`docs/explanation/performance.md` says how it is measured and how to read it.
"""
