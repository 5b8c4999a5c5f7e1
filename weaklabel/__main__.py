"""``python -m weaklabel``: the command line."""

from weaklabel.cli import main

if __name__ == "__main__":
    main()
