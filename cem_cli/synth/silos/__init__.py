"""The exports of the sample company, one module per family of silos; each docstring states the files' layout and keys."""
