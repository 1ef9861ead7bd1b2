"""The figures alerts, costs and documents go by: what may be spent, and how long silence may last. Each stands once.

How stale a single job may be stands in sql/procedures/monitor_system_health.sql alone: that procedure decides it.
"""

from __future__ import annotations

#: What the jobs may cost on one day, in USD.
DAILY_BUDGET_USD = 5.0

#: List price of on-demand queries, USD per TiB billed (location US): https://cloud.google.com/bigquery/pricing
PRICE_PER_TIB_USD = 6.25

TIB = 2**40

#: The least BigQuery bills for each table a query reads: 10 MB.
MINIMUM_BYTES_PER_TABLE = 10 * 2**20

#: Hours without a succeeded run of the health monitor until people are told: two runs of every 4 hours, and one more.
MONITOR_SILENCE_HOURS = 9

#: Parts of the monthly budget at which the billing account's budget sends its mails.
MONTHLY_BUDGET_PARTS = (0.5, 0.9, 1.0)


def daily_bytes() -> int:
    """Bytes billed that cost exactly the day's budget."""
    return round(DAILY_BUDGET_USD / PRICE_PER_TIB_USD * TIB)
