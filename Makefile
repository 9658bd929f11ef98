# `make test` is the whole truth: it installs what is missing and runs everything. `make bench` measures.

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: test tools lint unit bench soak fuzz vulnerabilities

test: tools lint unit fuzz

# The tests run real programs. Whatever of them is missing is installed, or the tests fail.
tools:
	./scripts/install-tools git gpg initdb chromium

lint:
	@test -z "$$(gofmt -l .)" || { echo "not gofmt-ed:"; gofmt -l .; exit 1; }
	go vet ./...
	go run $(STATICCHECK) ./...
	@if [ -n "$(VULNDB)" ]; then ./scripts/vulnerabilities; else echo "no VULNDB: make vulnerabilities looks for known ones"; fi

# The race detector looks at every package but those of SQLite's engine: that is C made into Go, under locks of database/sql, and
# looking at it takes four times as long as it runs.
RACE = -race -gcflags='modernc.org/...=-race=false -d=checkptr=0'

# Much of a story is waiting, so more of them run at once than there are processors. The race detector, which makes everything
# several times slower, looks at the stories on one database, and at the store on both; it looks away from the fault matrix, which
# starts the program some eight hundred times.
unit:
	go test $(RACE) -timeout 60m -parallel 4 -skip 'TestFaultMatrix|TestStories/postgres' ./...
	go test -timeout 40m -parallel 4 -run 'TestFaultMatrix|TestStories/postgres' .

# Every parser of hostile bytes is fuzzed for a moment, about a minute of processor time in all. By hand, for longer:
# make fuzz FUZZTIME=10m FUZZCPU=4
FUZZTIME ?= 3s
FUZZCPU ?= 1
fuzz:
	FUZZTIME=$(FUZZTIME) FUZZCPU=$(FUZZCPU) ./scripts/fuzz

bench: tools
	go test -run '^$$' -bench . -benchmem ./...

# Known vulnerabilities in what ships, from an offline database: VULNDB=FOLDER, or the module of one that the script names.
vulnerabilities:
	./scripts/vulnerabilities

# Bounded load with faults and kills, on each database for that long: memory and goroutines must stay flat.
# make soak SOAK=2m
SOAK ?= 15m
soak: tools
	go test . -run '^TestSoak$$' -v -timeout 0 -args -soak $(SOAK)
