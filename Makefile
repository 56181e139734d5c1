# Two commands matter: `make demo` shows the product at work, `make test` proves it. Neither needs root or asks anything.
.PHONY: demo test lint soak bench serve lock setup dashboards clean runbook docs pictures
PYTHONPATH :=
# Hundreds of processes start in the tests: each would compile the responder anew.
unexport PYTHONDONTWRITEBYTECODE
RUN := .venv/bin

setup:
	@tools/bootstrap

demo: setup
	@$(RUN)/responder demo $(ARGS)

test:
	@tools/test

lint: setup
	@tools/lint

soak: setup
	@$(RUN)/pytest $(ARGS)
	@$(RUN)/pytest --database postgresql $(ARGS)

bench: setup
	@$(RUN)/python -m tests.bench $(ARGS)

runbook: setup
	@$(RUN)/responder runbook --playbooks playbooks --output docs/runbook.md

dashboards: setup
	@$(RUN)/python -m tools.dashboards

docs: setup runbook
	@$(RUN)/responder playbooks schema --output playbooks/playbook.schema.json
	@$(RUN)/responder playbooks schema --tests --output playbooks/playbook-tests.schema.json
	@$(RUN)/responder playbooks reference --output docs/playbook-reference.md

pictures: setup
	@$(RUN)/python -m tools.pictures $(ARGS)

lock:
	@tools/lock

clean:
	rm -rf .venv .cache build dist
