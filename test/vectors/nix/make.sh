#!/bin/sh
# Makes the vectors of this folder with a real Nix (made with 2.8.0; Debian: nix-bin busybox-static sqlite3), in a
# temporary folder with a store of its own. A key that is there already is kept, so that signatures stay the same.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
mkdir conf home
printf '%s\n' 'build-users-group =' 'filter-syscalls = false' 'substituters =' 'experimental-features = nix-command' \
  'sandbox-paths = /bin /usr /lib /lib64' > conf/nix.conf
export NIX_CONF_DIR="$work/conf" HOME="$work/home" XDG_CACHE_HOME="$work/home/cache" NIX_REMOTE=

# tree.nar: everything that a NAR can hold.
mkdir -p tree/bin tree/empty-directory tree/names tree/sizes
printf '#!/bin/sh\necho hello\n' > tree/bin/hello && chmod 755 tree/bin/hello
ln -s hello tree/bin/hi
ln -s /nix/store/does-not-exist tree/dangling
: > tree/empty-file
for size in 1 7 8 9 15 16 17; do head -c $size /dev/zero | tr '\0' x > "tree/sizes/$size"; done
printf latin1 > "$(printf 'tree/names/caf\351')"
printf utf8 > "$(printf 'tree/names/caf\303\251')"
printf space > 'tree/names/a b'
printf newline > "$(printf 'tree/names/a\nb')"
mkdir tree/names/a
printf below > tree/names/a/below
printf dash > tree/names/a-
printf upper > tree/names/A
nix-store --dump tree > "$here/tree.nar"
nix-hash --type sha256 --base32 tree > "$here/tree.nix32"

# listed.nar, listed.ls: names that are UTF-8, so that there is a listing; order and escapes are easily got wrong.
cp -a tree listed
rm "$(printf 'listed/names/caf\351')"
for name in 9 10 __proto__ 'quote"back\slash' "$(printf 'control\001\b\f\r\t\177')" "$(printf '\357\273\277bom')" \
  "$(printf '\342\200\250')" "$(printf '\357\275\236')" "$(printf '\360\237\230\200')"; do
  printf %s "$name" > "listed/names/$name"
done
ln -s "$(printf '../caf\303\251 "\n')" listed/quoted
listed=$(nix-store --store "$work/listing-store" --add listed)
nix-store --store "$work/listing-store" --dump "$work/listing-store$listed" > "$here/listed.nar"
nix copy --store "$work/listing-store" --to "file://$work/listing-cache?write-nar-listing=1" "$listed"
cp "$work"/listing-cache/*.ls "$here/listed.ls"

# The narinfo of a text file (CA), of a build that mentions it and itself, and of one without references.
[ -e "$here/key.sec" ] || nix-store --generate-binary-cache-key catnix-vectors-1 "$here/key.sec" "$here/key.pub"
cat > paths.nix <<'NIX'
let
  text = builtins.toFile "greeting" "hello";
  make = name: script: derivation {
    inherit name;
    system = "x86_64-linux";
    builder = "/bin/busybox";
    args = [ "sh" "-c" "${script}; exit 0" ];
  };
in {
  linked = make "linked-1.0" "echo ${text} $out > $out";
  alone = make "alone" "echo alone > $out";
}
NIX
paths=$(nix-build --store "$work/store" --no-out-link paths.nix -A linked -A alone)
nix store sign --store "$work/store" --recursive --key-file "$here/key.sec" $paths
nix copy --store "$work/store" --to "file://$work/cache?compression=none" $paths
for narinfo in "$work"/cache/*.narinfo; do
  name=$(sed -n 's/^StorePath: .*\/[0-9a-z]*-//p' "$narinfo")
  cp "$narinfo" "$here/$name.narinfo"
done
sqlite3 "$work/store/nix/var/nix/db/db.sqlite" .dump > "$here/store.sql"
