"""How fast Dialgate is beside others that do the same job: `make bench` measures all of them in one run."""
