#!/bin/sh
# Upkeep by night: changes applied all or none, ranks renewed, a copy that was checked.
# usage: nightly.sh STORE CHANGES BACKUPS       CHANGES: lines as of kg-edit(1)
set -eu
store=$1 changes=$2 backups=$3

kg edit "$store" "$changes"     # one transaction; a line that is wrong is named, and nothing changes
kg rank "$store"                # readers go on with the ranks of before until it is done
mkdir -p "$backups"
copy=$backups/$(date +%F)
rm -rf "$copy"
kg backup "$store" "$copy"      # while others read and write
kg check "$copy"                # a copy that was never read is no backup
