"""Tests of playbooks: alerts, series and answers in, findings, ranking and fixes out.

* model.py: what a file of tests says
* values.py: promtool's notation of a series' values; past.py: the series themselves
* load.py: YAML to typed cases, each with the playbook it is about; sound.py: whether they fit together
* timeline.py: each case in a time of its own, all in one Prometheus; reach.py: how far apart
* canned.py: the answers of far sides that a case gives itself
* run.py: asks and explains with the product's own code
* judge.py: what was expected and is not so; why.py: why not
* coverage.py, unproven.py: what no case is about, and what no case would miss
"""
