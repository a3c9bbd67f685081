# Small builds of all kinds, with nothing but a static busybox: what the tests of rebuilding run.
{ busybox, system ? builtins.currentSystem }:
let
  tools = builtins.path { name = "busybox"; path = busybox; };
  build = name: script: attributes: derivation ({
    inherit name system;
    builder = "${tools}/bin/busybox";
    args = [ "sh" "-eu" (builtins.toFile "build.sh" "PATH=${tools}/bin\n${script}\nexit 0\n") ];
  } // attributes);
  library = build "library-1.0" "echo library > $out" { };
  # Its own derivation is only an input of an input.
  tool = build "tool-1.0" "mkdir $out; echo uses $library > $out/tool" { inherit library; };
  # The same download from two places: one path of two derivations.
  downloadFrom = url: build "fixed-1.0" "echo > $out" {
    inherit url;
    outputHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    outputHashMode = "flat";
  };
  fixed = downloadFrom "https://example.org/1.0";
in
{
  inherit fixed;
  foreignUser = build "foreign-user-1.0" "echo $library $fixed $mirror > $out" {
    inherit library fixed;
    mirror = downloadFrom "https://mirror.example.org/1.0";
    system = "mips64-linux";
    outputs = [ "out" "dev" ];
  };
  inherit library tool;
  package = build "package-1.0" ''
    mkdir -p $out/bin $dev
    echo building
    read line < $tool/tool
    echo "$line" > $out/bin/program
    chmod +x $out/bin/program
    echo $out > $dev/prefix
  '' { inherit tool; outputs = [ "out" "dev" ]; };
  # Different each time: an id of the kernel's, in the middle of its file.
  random = build "random-1.0" ''
    mkdir -p $out/a $out/share
    echo same > $out/a/same
    read id < /proc/sys/kernel/random/uuid
    echo "built as $id" > $out/share/stamp
  '' { };
  fails = build "fails-1.0" "echo compiling; echo 'no such header' >&2; exit 3" { };
  # Wants to be taken for a machine without a sandbox.
  pretends = build "pretends-1.0" "echo 'error: unable to start build process' >&2; exit 4" { };
  sleeps = build "sleeps-1.0" "echo begun; sleep 31415926; echo > $out" { };
  noisy = build "noisy-1.0" "i=0; while [ $i -lt 3000 ]; do echo \"$i: a line of the log, and no short one, so that it fills quickly\"; i=$((i+1)); done; exit 1" { };
  # What a builder may try, and what it may not have.
  noSandbox = build "no-sandbox-1.0" "echo > $out" { __noChroot = true; };
  features = build "features-1.0" "echo > $out" { requiredSystemFeatures = [ "no-such-feature" ]; };
  structured = derivation {
    name = "structured-1.0";
    inherit system;
    __structuredAttrs = true;
    allowSubstitutes = true;
    preferLocalBuild = true;
    builder = "${tools}/bin/busybox";
    # .attrs.sh is for bash; the line of JSON will do.
    args = [ "sh" "-euc" ''
      while read -r line || [ "$line" ]; do attributes=$line; done < .attrs.json
      out=''${attributes##*\"out\":\"}
      echo "$attributes" > ''${out%%\"*}
    '' ];
  };
  # What it sees: interfaces of the network, folders, variables, and whose it is.
  nosy = build "nosy-1.0" ''
    mkdir -p $out
    while read line; do echo "''${line%%:*}"; done < /proc/net/dev > $out/interfaces
    for folder in /*; do echo "$folder"; done > $out/folders
    [ ! -e /etc/nix ] && [ ! -e /root ] && [ ! -e /home ]
    echo "$HOME $TMPDIR" > $out/home
  '' { };
  # Names of all kinds, as many bytes as a name may have, and bits that Nix takes away.
  odd = build "odd-1.0" ''
    mkdir -p "$out/é ∀ 🙂"
    echo one > "$out/é ∀ 🙂/$(printf '\\377')"
    long=''${out##*/}; long=$long$long$long$long$long; i=''${#long}
    while [ $i -lt 255 ]; do long=''${long}x; i=$((i+1)); done
    echo two > "$out/$long"
    echo three > $out/three; ln $out/three $out/again; chmod 700 $out/again
    ln -s / $out/root; ln -s ../../.. $out/up
  '' { };
  # Deeper than a path may be long.
  deep = build "deep-1.0" ''
    mkdir $out; cd $out; i=0
    while [ $i -lt 40 ]; do mkdir $deepName; cd $deepName; i=$((i+1)); done
    echo > file
  '' { deepName = builtins.concatStringsSep "" (builtins.genList (_: "d") 200); };
  pipe = build "pipe-1.0" "mkdir $out; mkfifo $out/pipe" { };
  foreign = build "foreign-1.0" "echo > $out" { system = "mips64-linux"; };
  # With a variable that nobody should publish; the key is none.
  secret = build "secret-1.0" "echo > $out" {
    key = "-----BEGIN OPENSSH PRIVATE KEY-----\n${builtins.concatStringsSep "" (builtins.genList (_: "AAAAAAAA") 9)}\n";
  };
}
