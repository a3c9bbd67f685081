# A closure made of Debian packages, without nixpkgs. Everything that a build reads is in the store: the static busybox
# that runs the scripts beside this file, the scripts, and the .deb files. So a .drv can be rebuilt from the store alone,
# in the sandbox, by somebody who has none of the files that this expression was evaluated from.
#
# plan: absolute path of plan.json, see ../closure-plan.ts
{ plan }:

let
  inherit (builtins.fromJSON (builtins.readFile plan)) system triplet loader busybox packages roots;

  # A folder with bin/busybox and a link for each applet; busybox goes by the name it is called with.
  tools = builtins.path { name = busybox.name; path = busybox.path; };

  run = name: script: environment: derivation ({
    inherit name system;
    builder = "${tools}/bin/sh";
    PATH = "${tools}/bin";
    args = [ "-eu" script ];
  } // environment);

  unpack = package: {
    # With the checksum of Debian's own list: Nix compares it again.
    deb = builtins.path { name = "${package.storeName}.deb"; path = package.file; recursive = false; inherit (package) sha256; };
    dependencies = map (name: built.${name}) package.dependencies;
  };

  built = builtins.listToAttrs (map (package: {
    inherit (package) name;
    value =
      if builtins.elem package.name roots
      then run package.storeName ./program.sh (unpack package // {
        inherit triplet loader;
        unpack = ./unpack.sh;
        needs = map (name: built.${name}) package.needs;
      })
      else run package.storeName ./unpack.sh (unpack package);
  }) packages);
in
{
  programs = map (name: built.${name}) roots;

  report = run "closure-report" ./report.sh {
    program = built.jq;
    packages = builtins.toFile "packages.json" (builtins.toJSON (map (package: {
      inherit (package) name version installedSize;
    }) packages));
    dependencies = map (name: built.${name}) roots;
  };

  unapproved = run "unapproved" ./unapproved.sh { message = "nobody approved this"; };
}
