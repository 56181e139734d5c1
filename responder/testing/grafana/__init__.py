"""A stand-in for Grafana: folders, dashboards, data sources and annotations by its HTTP API, in memory.

Made from Grafana's published description of the dashboard, folder, search, data source and annotation APIs.
"""
