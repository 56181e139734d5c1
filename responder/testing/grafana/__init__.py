"""A stand-in for Grafana: folders, dashboards and data sources by its HTTP API, in memory.

Made from Grafana's published description of the dashboard, folder, search and data source APIs.
"""
