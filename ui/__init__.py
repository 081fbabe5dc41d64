"""Command line, web page, REST; rendering of answers. Nothing imports this room."""
