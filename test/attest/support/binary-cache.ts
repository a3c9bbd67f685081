import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { formatNarInfoFingerprint } from "../../../src/nix/fingerprint.js";
import { formatNarInfo, type NarInfo } from "../../../src/nix/narinfo.js";
import { signFingerprint } from "../../../src/nix/signature.js";
import { generateSecretKey, type SecretKey } from "../../../src/nix/signing-key.js";
import { parseStorePath } from "../../../src/nix/store-path.js";

/** What a builder says of a path, where it is not what follows from the NAR. */
export interface ListOptions extends Partial<NarInfo> {
  /** The NAR's file, where it is not the NAR itself. */
  readonly file?: Uint8Array;
  /** Who signs; nobody where null, the cache where not given. */
  readonly signer?: SecretKey | null;
}

/** A builder's binary cache over HTTP, with a key of its own. */
export class BinaryCache {
  readonly key = generateSecretKey("builder-1");
  /** By path, such as `/nix-cache-info`. */
  readonly files = new Map<string, Uint8Array | string>();
  /** Paths asked for, the oldest first. */
  readonly asked: string[] = [];
  /** Answers instead of the files where it gives true. */
  intercept: (...args: Parameters<RequestListener>) => boolean = () => false;

  private constructor(
    readonly url: string,
    readonly close: () => Promise<void>,
  ) {}

  static async start(): Promise<BinaryCache> {
    const server = createServer((request, response) => {
      cache.asked.push(request.url!);
      if (cache.intercept(request, response)) return;
      const content = cache.files.get(request.url!);
      if (content === undefined) response.writeHead(404);
      response.end(content);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const cache = new BinaryCache(`http://127.0.0.1:${port}`, async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    });
    cache.files.set("/nix-cache-info", "StoreDir: /nix/store\nWantMassQuery: 1\n");
    return cache;
  }

  /** From now on the status alone is answered, while `holds`. */
  answer(status: number, holds: () => boolean = () => true): void {
    this.intercept = (_request, response) => {
      if (!holds()) return false;
      response.writeHead(status).end();
      return true;
    };
  }

  /** Lists a path with its NAR. */
  list(storePath: string, nar: Uint8Array, { file, signer, ...fields }: ListOptions = {}): NarInfo {
    const { hashPart } = parseStorePath(storePath);
    const narHash = new Uint8Array(createHash("sha256").update(nar).digest());
    const plain: NarInfo = {
      ...{ storePath, url: `nar/${hashPart}.nar`, compression: "none", narHash, narSize: nar.length },
      ...{ references: [], sigs: [], ...fields },
    };
    const signature = signer === null ? [] : [signFingerprint(formatNarInfoFingerprint(plain), signer ?? this.key)];
    const info = { ...plain, sigs: [...plain.sigs, ...signature] };
    this.files.set(`/${hashPart}.narinfo`, formatNarInfo(info));
    this.files.set(`/${info.url}`, file ?? nar);
    return info;
  }
}
