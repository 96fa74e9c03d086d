"""`python -m gateway` is `dialgate`."""

from gateway.cli import main

if __name__ == "__main__":
    main()
