"""Puts the stages together as the settings say; the only reader of settings.

One module for each process, so that none loads what only the other needs: the live process is to
stay small.
"""
