# Unpacks a Debian package as unpack.sh does and adds, for each of its programs, a wrapper bin/NAME that runs it by the
# loader and with the libraries of its closure, $needs. ($unpack, $loader, $triplet: see default.nix.)
. "$unpack"

# The wrapper finds the store folder from where it lies itself, so that it works in any store root; it names the other
# store paths by their base names, in which Nix finds the references all the same.
ld= libraries=
for package in $needs; do
  for folder in "lib/$triplet" "usr/lib/$triplet"; do
    name="\$store/${package##*/}/$folder"
    for library in "$package/$folder"/*.so*; do
      if [ -e "$library" ]; then libraries="$libraries:$name"; break; fi
    done
    if [ -e "$package/$folder/$loader" ]; then ld="$name/$loader"; fi
  done
done
if [ -z "$ld" ]; then echo "no $loader in the closure" >&2; exit 1; fi

mkdir -p "$out/bin"
for file in "$out"/usr/bin/*; do
  program=${file##*/}
  # Scripts and links are none of the loader's business, and a file of the package's own stays.
  if [ -L "$file" ] || [ -e "$out/bin/$program" ]; then continue; fi
  case "$(head -c 4 "$file")" in *ELF) ;; *) continue ;; esac
  cat > "$out/bin/$program" << END
#!/bin/sh
store=\$(dirname "\$(readlink -f "\$0")")/../..
exec "$ld" --inhibit-cache --library-path "${libraries#:}" "\$store/${out##*/}/usr/bin/$program" "\$@"
END
  chmod +x "$out/bin/$program"
done
