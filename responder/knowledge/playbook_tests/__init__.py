"""Tests of playbooks: alerts, series and answers in, findings, ranking and fixes out.

model.py     what a file of tests says
values.py    promtool's notation of a series' values
load.py      YAML → typed cases, each with the playbook it is about
timeline.py  each case in a time of its own, all in one Prometheus
canned.py    the answers of far sides that a case gives itself
run.py       asks and explains with the product's own code
judge.py     what was expected and is not so
why.py       and why not: evidence for and against, with its line in the playbook
"""
