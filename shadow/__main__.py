"""`python -m shadow` is `shadow`."""

from shadow.cli import main

if __name__ == "__main__":
    main()
