"""`python -m striate`, which is also how torchrun starts it."""

from striate.cli import main

if __name__ == "__main__":
    main()
