"""Fetchers: labels and articles from where they are published into a folder, politely and whole.

    source (dailymed, openfda, pubmed, pmc, starter) --Listing of Offers--> run.fetch --> Folder with its manifest

A source says what there is, as ``Offer``; ``run.fetch`` takes what is not there yet; ``Folder`` keeps whole files only.
"""
