"""Tells others over HTTP that a verdict has changed."""
