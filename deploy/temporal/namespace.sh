#!/bin/sh
# The namespace and its search attributes. Run again, it changes nothing.
# Reads TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE.
set -eu

RETENTION=30d  # how long a closed case can still be read in the Web UI; the ledger keeps it for ever

# A server that has just started answers no, and a new namespace is not known everywhere at once.
patiently() {
    tries=60
    until "$@"; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || exit 1
        sleep 1
    done
}

# `operator namespace` takes the name as a flag only; without it, it would make or find `default`.
namespace() {
    temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
        temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
}

attribute() {
    temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" --name "$1" --type "$2"
}

patiently temporal operator cluster health
patiently namespace
patiently attribute CaseStage Keyword
patiently attribute LeewayPolicy Keyword
patiently attribute OverdueSince Datetime
patiently attribute HoldReason KeywordList
patiently attribute Stalled Keyword
patiently attribute Lender Keyword
