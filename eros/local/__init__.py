"""The local engine: an embedded BigQuery with a Data Transfer stand-in, and the plan deployed onto it.

Start and stop: process.py. The stand-in: transfer/. Its files: datadir.py. What it was asked: requestlog.py.
"""
