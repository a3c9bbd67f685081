# What nix/module.nix makes of `services.catnix`, given as JSON. Of nixpkgs there is as much here as the module uses, with the
# meaning that it has there: nobody has to have nixpkgs for a test.
{ module, given }:
let
  lib = {
    types = { path = null; package = null; str = null; nullOr = type: type; };
    mkOption = option: option;
    mkEnableOption = description: { default = false; inherit description; };
    mkIf = condition: content: if condition then content else { };
    optionalAttrs = condition: attributes: if condition then attributes else { };
    literalExpression = text: text;
  };
  pkgs = {
    nodejs_24 = "/node";
    formats.json = { }: { type = null; generate = name: value: builtins.toFile name (builtins.toJSON value); };
  };
  made = import module { inherit lib pkgs; config.services.catnix = defaults // wanted; };
  wanted = builtins.fromJSON given;
  options = made.options.services.catnix;
  defaults = builtins.mapAttrs (_: option: option.default or (throw "an option that has no default is not given")) options;
in
assert builtins.all (name: options ? ${name}) (builtins.attrNames wanted);
assert builtins.all (name: options.${name} ? description) (builtins.attrNames options);
made.config
