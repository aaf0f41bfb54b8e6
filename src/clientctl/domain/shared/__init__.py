"""Hold what every noun uses: queries of lists, finding by a name, archiving, intervals, how clients are called."""
