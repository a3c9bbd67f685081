# What make.sh instantiates: everything that a .drv can say.
let
  derive = attributes: derivation ({ system = "x86_64-linux"; builder = "/bin/sh"; } // attributes);
  plain = derive { name = "plain-1.0"; args = [ (builtins.toFile "build.sh" "echo built > $out") ]; };
  many = derive { name = "many"; outputs = [ "out" "dev" "lib" ]; needs = plain; };
  floating = derive { name = "floating"; __contentAddressed = true; outputHashMode = "recursive"; outputHashAlgo = "sha256"; };
in
[
  plain
  many
  (derive {
    name = "uses-outputs";
    args = [ "-c" "echo ${many.dev} ${many.lib} > $out" "" ];
    sources = [ (builtins.toFile "one" "1") (builtins.toFile "two" "2") ];
  })
  (derive {
    name = "odd-texts";
    quotes = "a\"b\\c";
    lines = "one\ntwo\r\n\tthree";
    utf8 = "é ∀ 🙂";
    control = builtins.fromJSON ''"\u0001\u007f\u0085\u2028"'';
    empty = "";
  })
  (derive { name = "flat"; outputHashMode = "flat"; outputHashAlgo = "sha1"; outputHash = "da39a3ee5e6b4b0d3255bfef95601890afd80709"; })
  (derive {
    name = "recursive";
    outputHashMode = "recursive";
    outputHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
  })
  (derive { name = "structured"; __structuredAttrs = true; list = [ 1 true null { deep = [ plain ]; } ]; })
  (derive { name = "names-a-derivation"; drv = builtins.unsafeDiscardOutputDependency plain.drvPath; })
  floating
  (derive { name = "deferred"; needs = floating; })
  (derive { name = "impure"; __impure = true; outputHashMode = "recursive"; outputHashAlgo = "sha256"; })
]
