"""Pairs of answers that are given, compared in processes of their own."""
