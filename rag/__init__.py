"""The core: records, settings, errors; the index; search; answering; checking citations."""
