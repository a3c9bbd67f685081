import type { ErrorDescriptor } from "./descriptor.js";

/** 5xxx: configuration, files, keys and the commands themselves. */
export const appErrors = {
  FILE_UNREADABLE: {
    number: 5001,
    message: (d: { file: string; reason: string }) => `cannot read ${d.file}: ${d.reason}`,
    hint: "Check that the file exists and that you may read it.",
  },
  FILE_UNWRITABLE: {
    number: 5002,
    message: (d: { file: string; reason: string }) => `cannot write ${d.file}: ${d.reason}`,
    hint: "Check the folder and your rights in it; nothing was changed.",
  },
  FILE_EXISTS: {
    number: 5003,
    message: (d: { file: string }) => `${d.file} exists already`,
    hint: "Choose another name, or move the file away first.",
  },
  CONFIG_INVALID: {
    number: 5004,
    message: (d: { source: string; problems: string[] }) => `${d.source}: ${d.problems.join("; ")}`,
    hint: "Every key is described in docs/configuration.md.",
  },
  CONFIG_INCOMPLETE: {
    number: 5005,
    message: (d: { key: string; variable: string }) => `${d.key} is not set`,
    hint: "Work in the folder of catnix.json, or name that file by --config or CATNIX_CONFIG; `catnix config` says what was read.",
  },
  KEY_INVALID: {
    number: 5006,
    message: (d: { file: string; reason: string }) => `${d.file} gives no key: ${d.reason}`,
    hint: "A key is an Ethereum keystore file (JSON, version 3), such as `catnix key create` makes, and wants the password that it was made with.",
  },
  KEY_FILE_OPEN: {
    number: 5007,
    message: (d: { file: string; mode: string }) => `${d.file} can be read by others (mode ${d.mode})`,
    hint: "Secrets are read from files of mode 0600 only: run `chmod 600` on it.",
  },
  PASSWORD_NEEDED: {
    number: 5008,
    message: (d: { file: string }) => `the password of ${d.file} is needed`,
    hint: "Give --password-file FILE, or run the command in a terminal, which asks for it.",
  },
  DATABASE_FAILED: {
    number: 5009,
    message: (d: { file: string; reason: string }) => `the database ${d.file} failed: ${d.reason}`,
    hint: "Check the disk; a local database can be deleted and is built again from the chain and Swarm.",
  },
  USAGE: {
    number: 5010,
    message: (d: { reason: string }) => d.reason,
    hint: "See the command's --help.",
  },
  NOT_CONFIRMED: {
    number: 5011,
    message: (d: { action: string }) => `${d.action} was not confirmed`,
    hint: "Answer yes, or give --yes where nobody can be asked; nothing was changed.",
  },
  DEV_CHAIN_FAILED: {
    number: 5012,
    message: (d: { reason: string }) => `the development chain did not start: ${d.reason}`,
    hint: "It needs Linux on x86_64 with the package's optional dependencies, and its port free: make sure that no other `catnix dev` runs on this folder.",
  },
  INDEX_OF_ANOTHER_REGISTRY: {
    number: 5013,
    message: (d: { file: string; found: string; wanted: string }) =>
      `the index ${d.file} follows ${d.found}, not ${d.wanted}`,
    hint: "Choose another state folder, or delete the index: it is built again from the chain and Swarm.",
  },
  INDEX_MOVED: {
    number: 5014,
    message: (d: { file: string }) => `another process changed the index ${d.file} at the same time`,
    hint: "Run one indexer for each state folder.",
    retryable: true,
  },
  RELAY_SIGNS_LOOPBACK_ONLY: {
    number: 5015,
    message: (d: { host: string }) => `a relay that signs may not listen on ${d.host}`,
    hint: "A relay's own key speaks for its own machine only: listen on 127.0.0.1, or leave relay.signingKeyFile out; members' signatures are passed on either way.",
  },
  RELAY_CANNOT_LISTEN: {
    number: 5016,
    message: (d: { host: string; port: number; reason: string }) =>
      `the relay cannot listen on ${d.host}, port ${d.port}: ${d.reason}`,
    hint: "Choose another relay.port (of `catnix dev`: --port) or relay.host, or stop the program that listens there.",
  },
  PUBLISH_FAILED: {
    number: 5017,
    message: (d: { path: string; reason: string }) => `could not publish ${d.path}: ${d.reason}`,
    hint: "Run the same command again once that is put right: it goes on where it stopped.",
  },
  DEV_FOLDER_BROKEN: {
    number: 5020,
    message: (d: { dir: string; reason: string }) => `the folder ${d.dir} cannot be gone on with: ${d.reason}`,
    hint: "Give another --dir, or delete the folder: it holds throw-away data only.",
  },
  DEV_FOLDER_IN_USE: {
    number: 5021,
    message: (d: { dir: string }) => `another \`catnix dev\` runs in ${d.dir}`,
    hint: "Use that one, stop it, or give another --dir.",
  },
  DISK_FULL: {
    number: 5030,
    message: (d: { file: string; reason: string }) => `no room on the disk for ${d.file}: ${d.reason}`,
    hint: "Make room, or raise your quota, and run the command again: what was there before is whole.",
  },
  DEV_CHAIN_ENDED: {
    number: 5031,
    message: () => "the development chain ended by itself",
    hint: "Look at the machine's memory and its log, and start `catnix dev` again: it goes on where it was.",
  },
  PUBLISH_DENIED: {
    number: 5035,
    message: (d: { count: number; findings: { path: string; rule: string; reason: string }[] }) =>
      [
        `the policy lets nothing of this be published (${d.count === 1 ? "one finding" : `${d.count} findings`}):`,
        ...d.findings.map(({ path, rule, reason }) => `  ${path}: ${reason} [${rule}]`),
        ...(d.count > d.findings.length ? [`  and ${d.count - d.findings.length} more`] : []),
      ].join("\n"),
    hint: "Nothing was sent: leave it out of the build, or where it may be public for good, say so with --allow PATH or in publish.allow (docs/publishing.md).",
  },
  PUBLISH_POLICY_INVALID: {
    number: 5036,
    message: (d: { key: string; reason: string }) => `${d.key}: ${d.reason}`,
    hint: "Nothing is published before this is put right; docs/publishing.md describes the policy.",
  },
  INDEX_MISSING: {
    number: 5040,
    message: (d: { file: string; reason: string }) => `there is no index to ask in ${d.file}: ${d.reason}`,
    hint: "Leave --from index out to ask chain and Swarm, or let `catnix serve` follow the registry first.",
  },
  INDEX_DISAGREES: {
    number: 5041,
    message: (d: { file: string; path: string; root: string }) =>
      `the index ${d.file} says something else of ${d.path} than the CAT ${d.root} that it claims to hold`,
    hint: "Delete the index, which is damaged: it is built again from the chain and Swarm.",
  },
  PATH_NAMED_OTHERWISE: {
    number: 5042,
    message: (d: { asked: string; storePath: string }) => `the CAT lists ${d.storePath}, not ${d.asked}`,
    hint: "The hash is right and the name is not: copy the store path again, or give its hash alone.",
  },
  CLOSURE_TOO_LARGE: {
    number: 5043,
    message: (d: { path: string; limit: number }) => `the closure of ${d.path} has more than ${d.limit} paths`,
    hint: "No honest closure is as large: fetch the paths that you need one by one.",
  },
  DOCTOR_FAILED: {
    number: 5045,
    message: (d: { failed: string[]; checks: number }) =>
      `${d.failed.length} of ${d.checks} checks failed: ${d.failed.join(", ")}`,
    hint: "Do what the lines that begin with `fail` say, then run `catnix doctor` again.",
  },
  STAMP_MUTABLE: {
    number: 5060,
    message: (d: { batch: string }) =>
      `postage batch ${d.batch} is mutable: when it is full it overwrites its old chunks`,
    hint: "Use an immutable batch, or give --allow-mutable (postage.allowMutable) where losing old content is what you want.",
  },
  STAMP_OVERFLOW: {
    number: 5061,
    message: (d: { batch: string; chunks: number; fullest: number; size: number; risk: number }) =>
      `postage batch ${d.batch} has no room for ${d.chunks} chunks: its fullest bucket has ${d.fullest} of ${d.size}, and would overflow with a likelihood of ${(100 * d.risk).toPrecision(2)} %`,
    hint: "Dilute the batch (`catnix stamps dilute`) or buy a deeper one, and run it again: nothing was sent.",
  },
  STAMP_UNKNOWN: {
    number: 5062,
    message: (d: { batch: string; url: string }) => `the node ${d.url} has no postage batch ${d.batch}`,
    hint: "It has expired, or another node bought it: set swarm.postageBatch to one of `catnix stamps list`, or buy one with `catnix stamps buy`.",
  },
  STAMP_TOO_LARGE: {
    number: 5063,
    message: (d: { bytes: number }) => `no postage batch holds ${d.bytes} bytes`,
    hint: "Check the size; content beyond 8.9 petabytes has to be spread over several batches.",
  },
  STAMPS_NEED_CARE: {
    number: 5064,
    message: (d: { failed: string[]; warned: string[] }) =>
      `of the postage batches ${d.failed.length} fail and ${d.warned.length} need care soon: ${[...d.failed, ...d.warned].join(", ")}`,
    hint: "Do what is said beside each: top up what ends, dilute or replace what is full.",
  },
  READBACK_FAILED: {
    number: 5065,
    message: (d: { url: string; missing: number; read: number; first: string; reason: string }) =>
      `${d.missing} of ${d.read} chunks that were read back through ${d.url} are not there, such as ${d.first}: ${d.reason}`,
    hint: "No draft was written: uploads may still be on their way, so run the command again, which sends nothing twice; if it stays so, look at the uploading node's peers.",
    retryable: true,
  },
  REUPLOAD_INCOMPLETE: {
    number: 5066,
    message: (d: { lost: number; files: number }) =>
      `${d.lost} of ${d.files} files are lost on Swarm and could not be uploaded again from here`,
    hint: "Run it where the store paths are, with --store, or with the journal and the index of who published them; else publish the paths again.",
  },
  CONTENT_LOST: {
    number: 5067,
    message: (d: { lost: number; files: number }) => `${d.lost} of ${d.files} files are not whole on Swarm`,
    hint: "Run `catnix reupload` without --check, where the store paths are.",
  },
  REBUILD_REFUSED: {
    number: 5100,
    message: (d: { derivation: string; reason: string }) => `${d.derivation} cannot be rebuilt: ${d.reason}`,
    hint: "Nothing was built; evaluate the derivation yourself, or check the path in another way.",
  },
  NIX_UNUSABLE: {
    number: 5101,
    message: (d: { reason: string }) => `Nix cannot be run: ${d.reason}`,
    hint: "Rebuilding needs nix-store on the PATH: install Nix, of Debian the package nix-bin.",
  },
  SANDBOX_UNAVAILABLE: {
    number: 5102,
    message: (d: { reason: string }) => `Nix cannot build in its sandbox here: ${d.reason}`,
    hint: "What others published is only run in Nix's sandbox: allow user namespaces on this machine, or rebuild on another.",
  },
  REBUILD_INPUT_MISSING: {
    number: 5103,
    message: (d: { derivation: string; path: string }) => `${d.derivation} needs ${d.path}, which nobody here has`,
    hint: "Build or fetch that path first, or ask the publisher to publish with --with-derivations.",
  },
} satisfies Record<string, ErrorDescriptor>;
