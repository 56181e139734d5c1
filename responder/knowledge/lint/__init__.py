"""The linter: what is true of every query, and of playbooks, rules and dashboards held against each other."""
