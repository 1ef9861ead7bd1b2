#!/bin/sh
# Runs a command whose output quotes other people's text, such as Terraform's: until it ends, GitHub takes no line of
# the log for a workflow command (`::add-mask::…`, `##[error]…`). Standard output and exit code are the command's own.
# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#stopping-and-starting-workflow-commands
set -u
token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
[ -n "$token" ] || exit 1 # a token others could guess would protect nothing
echo "::stop-commands::$token" >&2
"$@"
code=$?
echo "::$token::" >&2
exit "$code"
