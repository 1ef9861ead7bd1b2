"""Figures of speed. Nothing here is asserted: a slow machine fails no test."""
