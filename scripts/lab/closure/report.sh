# Makes something with the result of another derivation: runs the closure's jq ($program) over the list of the
# closure's packages ($packages) and keeps the answer and a program that prints it.
mkdir "$out" "$out/bin" "$out/nix-support"
sh "$program/bin/jq" '{
  packages: map({name, version, installedKiB: .installedSize}),
  count: length,
  installedKiB: (map(.installedSize) | add),
  largest: max_by(.installedSize).name
}' "$packages" > "$out/report.json"
echo "$dependencies" > "$out/nix-support/propagated-build-inputs"

cat > "$out/bin/catnix-report" << END
#!/bin/sh
# usage: catnix-report [FILTER]: one line about the closure, or what a filter of jq makes of the report
here=\$(dirname "\$(readlink -f "\$0")")
line='"\(.count) packages, \(.installedKiB) KiB installed, the largest is \(.largest)"'
exec sh "\$here/../../${program##*/}/bin/jq" -r "\${1:-\$line}" "\$here/../report.json"
END
chmod +x "$out/bin/catnix-report"
