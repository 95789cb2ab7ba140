LAB := cd lab && go run ./cmd/lab

# The packages of the lab whose tests need no root.
ROOTLESS := ./acceptance ./cli ./cmd/language ./cloud/... ./dpi ./fabric/capture ./image/... ./internet ./leak ./page ./report ./stack

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: prepare ## the whole thing on this machine: a server, a traveller, a page
	$(LAB) demo

.PHONY: acceptance
acceptance: prepare ## a trip on a real AWS account, which costs some cents; asks before
	cd lab && go run ./cmd/acceptance $(ARGS)

.PHONY: lab
lab: prepare ## the same as the demo, but it stays until Ctrl-C
	$(LAB) up

.PHONY: test
test: prepare lint arm64 ## every test there is; as root on Linux also those of the lab
	@lab/check

.PHONY: test-vm
test-vm: prepare ## the tests with virtual machines: an emulated t4g.nano, and the kernel's data path
	cd lab && go test -tags vm -p 1 -count=1 -timeout 120m -run '^(TestAVirtualMachine|TestNano|TestKernelDataPath)$$' ./site ./e2e

.PHONY: quick
quick: lint ## linters and the tests that need no root, in two minutes
	go test ./...
	cd lab && go test $(ROOTLESS)

.PHONY: lint
lint: prepare ## gofmt, vet, staticcheck, shellcheck, and go.mod and go.sum
	@tools/lint

.PHONY: race
race: ## the tests that need no root, with the race detector; needs a C compiler
	CGO_ENABLED=1 go test -race ./...
	cd lab && CGO_ENABLED=1 go test -race $(ROOTLESS)

.PHONY: fuzz
fuzz: ## each fuzz test for ten minutes, or FUZZTIME
	@tools/fuzz

.PHONY: arm64
arm64: prepare ## the host's tests as arm64, under qemu
	@tools/arm64

.PHONY: golden
golden: prepare ## write the golden files anew; those of the lab need root
	go test ./templates/... ./infra/vpn ./internal/handover -update
	go test ./bootstrap -update # continues from the specs in infra/vpn
	cd lab && go test -p 1 ./image ./fabric -update
	cd lab && go test ./page -run '^TestPictures$$' -update
	cd lab && go test -timeout 30m ./e2e -run '^TestMove$$' -update

.PHONY: matrix
matrix: prepare ## connect every client, and write the table of docs/clients.md; needs root
	cd lab && go test -timeout 30m ./e2e -run '^TestEveryClient$$' -update

.PHONY: vuln
vuln: ## look for known vulnerabilities in modules and toolchain; GOVULNDB is another database
	@tools/vuln

.PHONY: bench
bench: prepare ## what clients cost, seconds to a page, how fast the tunnel is; judges nothing
	cd lab && go test -run '^$$' -bench . -benchtime 1x -timeout 60m ./e2e

.PHONY: clean
clean: ## remove what a killed lab left on this machine, and what was built
	-$(LAB) down
	rm -rf .build lab/out

.PHONY: prepare
prepare:
	@lab/prepare
