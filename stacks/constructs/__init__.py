"""One file a kind of BigQuery object: its contract turned into the provider's resource."""
