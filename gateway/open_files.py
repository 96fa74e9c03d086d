"""How many files and connections this process may have open: many shells and services start with 1,024."""

import resource


def allow_open_files(wanted: int) -> int:
    """Raise this process's own limit to `wanted` as far as the system lets it; how many may be open now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    except (OSError, ValueError):  # a system with a bound of its own below the hard limit
        return soft
    return most
