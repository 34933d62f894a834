#!/usr/bin/env bash
# Unpacks, without installing them, the newest builds of the programs that the tests compare with, from Debian unstable:
# Prometheus, node_exporter, blackbox_exporter. Needs no root. Prints the folder of their executables, which a copy
# younger than a week is taken for again.
# Usage: peers.sh FOLDER
set -euo pipefail

folder=$1
executables=$folder/root/usr/bin
if [ -n "$(find "$folder" -maxdepth 0 -mtime -7 2>/dev/null)" ]; then
  echo "$executables"
  exit
fi

mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 2>/dev/null |
  grep -m 1 '/debian/$' || echo http://deb.debian.org/debian/)
mkdir -p "$(dirname "$folder")"
staging=$(mktemp -d "$folder-XXXXXX")
trap 'rm -rf "$staging"' EXIT
chmod 755 "$staging"
mkdir -p "$staging"/apt/{lists/partial,archives/partial,debs}
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror sid main" >"$staging/apt/sources.list"
# An apt of its own, so that the system's lists and preferences neither matter nor change.
cat >"$staging/apt/apt.conf" <<END
Dir::Etc::SourceList "$staging/apt/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State::Lists "$staging/apt/lists";
Dir::Cache "$staging/apt";
Dir::Cache::Archives "$staging/apt/archives";
Acquire::Languages "none";
Acquire::Retries "3";
APT::Sandbox::User "";
END
export APT_CONFIG=$staging/apt/apt.conf
apt-get -qq update >&2
(cd "$staging/apt/debs" && apt-get -qq download prometheus prometheus-node-exporter prometheus-blackbox-exporter >&2)
for deb in "$staging"/apt/debs/*.deb; do dpkg -x "$deb" "$staging/root"; done
rm -rf "$staging/apt" "$folder"
mv "$staging" "$folder"
echo "$executables"
