"""Several receiver processes behind one port: a supervisor, and the members it keeps alive."""
