"""A stand-in of the BigQuery Data Transfer API for scheduled queries, on the local engine."""
