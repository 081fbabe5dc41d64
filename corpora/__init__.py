"""The sources, their licences, and the small demo corpus that ships with the project."""
