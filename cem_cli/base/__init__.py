"""What every room stands on: errors, quoting, ids, text folding, the run's clock, atomic files. Imports nothing of ours."""
