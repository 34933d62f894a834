#!/usr/bin/env bash
# Reads what `deno test` printed (without colours) from standard input, and closes it with the line that CI systems
# read: "N passed, N failed, N skipped". Fails if a test failed, if one was skipped, each of which it names (nothing that
# a test may lack is missing in CI, but for the peers' own files, which are not ours to keep: SONDE_CONFORMANCE), or if
# there is no summary to read.
set -euo pipefail

awk '
  # "executable: prints its version (ignored: npm is not reachable) ... ignored (0ms)", indented if it is a step
  / \.\.\. ignored \([^()]*\)$/ { names[++named] = $0; if (/SONDE_CONFORMANCE/) allowed++ }
  # "FAILED | 11 passed (2 steps) | 1 failed | 3 ignored (1 step) (2s)", once for each run of deno test
  /^(ok|FAILED) \| [0-9]+ passed .*\| [0-9]+ failed/ {
    summaries++
    for (i = 2; i <= NF; i++) {
      if ($i == "passed") passed += $(i - 1)
      if ($i == "failed") failed += $(i - 1)
      if ($i == "ignored") skipped += $(i - 1) + ($(i + 2) ~ /^steps?\)$/ ? substr($(i + 1), 2) : 0)
    }
  }
  END {
    if (!summaries) { print "deno test ended without a summary"; exit 1 }
    if (skipped > allowed) print "Skipped, which nothing may be in CI that does not ask for SONDE_CONFORMANCE:"
    else if (skipped) print "Skipped for lack of SONDE_CONFORMANCE:"
    for (i = 1; i <= named; i++) print names[i]
    line = passed + 0 " passed, " failed + 0 " failed"
    print skipped ? line ", " skipped " skipped" : line
    exit failed || skipped > allowed ? 1 : 0
  }
'
