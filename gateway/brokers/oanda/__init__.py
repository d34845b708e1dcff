"""OANDA's v20 API: orders over REST, what becomes of them by the account's numbered transactions.

Currencies, metals and contracts for difference. `log` keeps which transactions were told, `mapping`
knows what requests and answers mean, `transactions` what each transaction does, `shell` connects.
"""
