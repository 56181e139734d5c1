"""The dashboards, written as code: `make dashboards` turns them into the JSON below `dashboards/`."""
