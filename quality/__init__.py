"""How well texts are read, measured on data that is kept with the project."""
