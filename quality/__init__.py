"""How well texts are understood: the data sets, training of the model, and `make quality`."""
