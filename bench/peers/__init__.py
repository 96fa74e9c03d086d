"""Others that do the same job, as their users write it in an afternoon; they run in environments under .bench/."""
