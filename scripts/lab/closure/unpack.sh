# Unpacks the Debian package $deb into the store path $out and names the store paths $dependencies in it.
mkdir "$out" "$out/nix-support"
dpkg-deb -x "$deb" "$out"
echo "$dependencies" > "$out/nix-support/propagated-build-inputs"
