"""`python -m gateway.multiprocess`: the supervisor, with everything from the environment. `dialgate serve` becomes it.

A program of its own, because the one that proved the configuration holds everything that this one needs none of.
"""

import os
import sys

from gateway.errors import ConfigInvalid
from gateway.multiprocess.supervisor import supervise
from gateway.settings import read_settings

if __name__ == "__main__":
    try:
        supervise(read_settings(os.environ))
    except ConfigInvalid as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
