"""What only the far sides can tell: whether what is asked for is there, and what asking costs.

asked.py       the queries and metrics of all files, each once
result.py      what came out
prometheus.py  each metric and label, each query with its time and its series
routes.py      whether Alertmanager's routes lead to us, and a test alert arrives
boards.py      whether the dashboards are in Grafana
"""
