#!/bin/sh
# Prints a kubeconfig with the fleet's account in the cluster of each given context, for `clusterset-dns fleet --kubeconfig` and
# for the Secret of a member. Needs kubectl, and `kubectl apply -k deploy/fleet/member` in each cluster (hub-account in the hub).
set -eu
if [ $# -eq 0 ]; then
  echo "usage: [DURATION=24h] $0 CONTEXT..." >&2
  exit 2
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
files=
number=0
for context in "$@"; do
  number=$((number + 1))
  file=$folder/$number
  token=$(kubectl --context "$context" -n clusterset-dns-fleet create token clusterset-dns-fleet --duration "${DURATION:-24h}")
  kubectl --context "$context" config view --minify --flatten --raw > "$file"
  # In a file: the arguments of a program are visible to every user of the machine.
  printf 'apiVersion: v1\nkind: Config\nusers: [{name: fleet-%s, user: {token: %s}}]\n' "$number" "$token" > "$file.user"
  KUBECONFIG=$file:$file.user kubectl config view --flatten --raw > "$file.both"
  kubectl --kubeconfig "$file.both" config set-context "$context" --user "fleet-$number" > /dev/null
  # Leaves out the credentials of the context's own user.
  kubectl --kubeconfig "$file.both" --context "$context" config view --minify --flatten --raw > "$file.fleet"
  files=${files:+$files:}$file.fleet
done
KUBECONFIG=$files kubectl config view --flatten --raw
