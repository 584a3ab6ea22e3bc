"""How well texts are judged, measured: sets made by seed, and tables."""
