# make demo   the whole thing on this machine: a server, a traveller, a page
# make test   every test there is; as root on Linux those of the lab, too
# make lab    the same as the demo, but it stays until Ctrl-C
# make bench  what clients cost, and how fast the tunnel is; prints figures, judges nothing

LAB := cd lab && go run ./cmd/lab

.PHONY: demo
demo: prepare
	$(LAB) demo

.PHONY: lab
lab: prepare
	$(LAB) up

.PHONY: test
test: prepare
	@lab/check

.PHONY: bench
bench: prepare
	cd lab && go test -run '^$$' -bench . -benchtime 1x -timeout 60m ./e2e

.PHONY: prepare
prepare:
	@lab/prepare

# Removes what a killed lab left on this machine, and what was built.
.PHONY: clean
clean:
	-$(LAB) down
	rm -rf .build lab/out
