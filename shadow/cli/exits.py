"""The exit codes: 0 is PASS or done, and each of the others means one thing in every command."""

EXIT_FAIL, EXIT_USAGE, EXIT_INCONCLUSIVE, EXIT_COULD_NOT_RUN = 1, 2, 3, 4
