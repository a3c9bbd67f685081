import type { InputOrigin } from "../row-outcome.js";
import type { NarDifference } from "../diff-nars.js";

/** A store path that goes into the throwaway store: checked against `narHash` and `narSize` while it comes. */
export interface ProvidedPath {
  readonly storePath: string;
  /** SHA-256 of the NAR: 32 bytes. */
  readonly narHash: Uint8Array;
  /** Bytes, above 0. */
  readonly narSize: number;
  /** Full store paths; the path itself among them where it mentions itself. */
  readonly references: readonly string[];
  /** Whose word it is that this is what the path holds; undefined where it is the member's own. */
  readonly origin?: InputOrigin | undefined;
  /** The NAR, from its beginning; asked for at most once. */
  readonly nar: (signal: AbortSignal) => AsyncIterable<Uint8Array>;
}

/**
 * Where derivations, sources and the outputs of other derivations come from: the CAT, the member's own store, a cache. What it
 * throws ends the rebuild.
 * @returns undefined where it does not have the path
 */
export type Provide = (storePath: string, signal: AbortSignal) => Promise<ProvidedPath | undefined>;

/** An output as it was published: what a rebuild is held against. */
export type PublishedOutput = ProvidedPath;

/** How derivations are run, and what they may take. */
export interface RebuildOptions {
  /** Store path of the `.drv`. */
  readonly derivation: string;
  readonly provide: Provide;
  /** Logs and the NARs of what differs are kept here; made where it is missing. */
  readonly folder: string;
  /** `/nix/store` where not given. */
  readonly storeDir?: string | undefined;
  /** A folder for the throwaway store; the system's temporary folder where not given. */
  readonly scratch?: string | undefined;
  /** The folder of Nix's programs; else they are found on the PATH. */
  readonly binFolder?: string | undefined;
  /** Further lines of nix.conf, such as `cores = 4` or `sandbox-paths = /bin/sh=/…/busybox`; none turns the sandbox off. */
  readonly settings?: readonly string[] | undefined;
  /** How long the build may take, in milliseconds; four hours where not given. */
  readonly timeoutMs?: number | undefined;
  /** The most bytes of its log that are kept, of its beginning and its end; 16 MiB where not given. */
  readonly maxLogBytes?: number | undefined;
  /** What goes on, for people and for progress. */
  readonly onProgress?: ((event: RebuildEvent) => void) | undefined;
  /** Ends the build with all its processes; the throwaway store is removed. */
  readonly signal?: AbortSignal | undefined;
}

export type RebuildEvent =
  /** A path is put into the throwaway store. */
  | { readonly kind: "input"; readonly storePath: string; readonly narSize: number }
  /** The builder starts. */
  | { readonly kind: "building"; readonly derivation: string }
  /** It has ended well, and its outputs are compared. */
  | { readonly kind: "comparing"; readonly storePath: string };

/** What was found out about one output. The NarHash of `found…` is what the rebuild gave: 32 bytes. */
export type RebuildOutcome =
  | { readonly result: "rebuilt"; readonly storePath: string; readonly logFile: string }
  | {
      readonly result: "differs";
      readonly storePath: string;
      readonly logFile: string;
      readonly foundNarHash: Uint8Array;
      readonly foundNarSize: number;
      /** Full store paths that the rebuilt output mentions, sorted. */
      readonly foundReferences: readonly string[];
      /**
       * In the order of the NAR, the first one first; at most 20. Without any, the NARs are equal and what was published
       * claims other references than the build has.
       */
      readonly differences: readonly NarDifference[];
      /** Both NARs, whole; undefined where the NARs are equal. */
      readonly kept: { readonly published: string; readonly rebuilt: string } | undefined;
    }
  | {
      readonly result: "failed";
      readonly storePath: string;
      readonly logFile: string;
      /** One line for people: the builder's exit, the time limit, or what Nix had against the derivation. */
      readonly reason: string;
    };
