"""The Alertmanager responder of Hypertool."""
