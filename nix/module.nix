# A NixOS module: a relay of catnix as a service, and this machine's Nix as its client.
#
#   imports = [ /path/to/catnix/nix/module.nix ];
#   services.catnix = {
#     enable = true;
#     package = /opt/catnix/lib/node_modules/catnix;
#     settings.chain = { rpcUrl = "http://127.0.0.1:8545"; chainId = 100; registry = "0x…"; deploymentBlock = 12345678; };
#     signingKeyFile = "/etc/catnix/relay.key";
#     publicKey = "relay-1:…";
#   };
#
# docs/guide/operator.md says what each of these is, and how catnix is installed. test/nixos/module.test.ts evaluates it.
{ config, lib, pkgs, ... }:
let
  cfg = config.services.catnix;
  configFile = (pkgs.formats.json { }).generate "catnix.json" cfg.settings;
  port = toString (cfg.settings.relay.port or 8734);
in
{
  options.services.catnix = {
    enable = lib.mkEnableOption "a relay of catnix, a Nix binary cache on Swarm";

    package = lib.mkOption {
      type = lib.types.path;
      example = "/opt/catnix/lib/node_modules/catnix";
      description = "Folder of the installed package, with bin/catnix.js and its dependencies.";
    };

    nodejs = lib.mkOption {
      type = lib.types.package;
      default = pkgs.nodejs_24;
      defaultText = lib.literalExpression "pkgs.nodejs_24";
      description = "Node that runs it, 22.15 or later. The one that npm installs needs a loader that NixOS does not have.";
    };

    settings = lib.mkOption {
      type = (pkgs.formats.json { }).type;
      default = { };
      description = "What catnix.json is to hold: docs/configuration.md. It is world-readable, and no place for secrets.";
    };

    signingKeyFile = lib.mkOption {
      type = lib.types.nullOr lib.types.str;
      default = null;
      description = "Secret Nix key of the relay, which signs for this machine alone. It stays out of the store.";
    };

    publicKey = lib.mkOption {
      type = lib.types.nullOr lib.types.str;
      default = null;
      description = "The key's public half: where given, this machine's Nix takes paths from the relay.";
    };
  };

  config = lib.mkIf cfg.enable {
    systemd.services.catnix = {
      description = "catnix relay";
      wants = [ "network-online.target" ];
      after = [ "network-online.target" ];
      wantedBy = [ "multi-user.target" ];
      environment = {
        CATNIX_STATE_DIR = "%S/catnix";
        CATNIX_SWARM_CACHE_DIR = "%C/catnix";
      } // lib.optionalAttrs (cfg.signingKeyFile != null) { CATNIX_RELAY_SIGNING_KEY_FILE = "%d/relay.key"; };
      serviceConfig = {
        ExecStart = "${cfg.nodejs}/bin/node --max-semi-space-size=8 ${toString cfg.package}/bin/catnix.js serve --config ${configFile}";
        DynamicUser = true;
        StateDirectory = "catnix";
        CacheDirectory = "catnix";
        Restart = "on-failure";
        ProtectSystem = "strict";
        ProtectHome = true;
        NoNewPrivileges = true;
      } // lib.optionalAttrs (cfg.signingKeyFile != null) { LoadCredential = [ "relay.key:${cfg.signingKeyFile}" ]; };
    };

    nix.settings = lib.mkIf (cfg.publicKey != null) {
      extra-substituters = [ "http://127.0.0.1:${port}" ];
      extra-trusted-public-keys = [ cfg.publicKey ];
      narinfo-cache-positive-ttl = 3600;
    };
  };
}
