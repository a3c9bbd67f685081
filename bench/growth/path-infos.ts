import { createHash } from "node:crypto";
import { formatHashPart } from "../../src/nix/store-path.js";
import type { PathInfo } from "../../src/nixdb/path-info.js";

/** A NAR that synthetic paths share. */
export interface SharedNar {
  /** 32 bytes. */
  readonly narHash: Uint8Array;
  readonly narSize: number;
}

const STORE_DIR = "/nix/store";
/** A path refers to so many others at most, half of that on average: like those of nixpkgs. */
const MAX_REFERENCES = 9;

/** What all that is random of path `number` is read from: 128 bytes, the same in every run. */
function randomOf(number: number): Buffer {
  return createHash("shake256", { outputLength: 128 }).update(`catnix growth ${number}`).digest();
}

/** The store path of that number. */
export function storePathOf(number: number): string {
  return `${STORE_DIR}/${formatHashPart(randomOf(number).subarray(0, 20))}-package-${number}-1.${number % 40}.${number % 7}`;
}

/**
 * What Nix's database would say of synthetic paths: hash parts, derivers and signatures of their own, and references to
 * paths of lower numbers. Only the NARs are few.
 */
export function* makePathInfos(from: number, count: number, nars: readonly SharedNar[]): Generator<PathInfo> {
  for (let number = from; number < from + count; number++) {
    const storePath = storePathOf(number);
    const random = randomOf(number);
    const { narHash, narSize } = nars[number % nars.length]!;
    const references = new Set<string>();
    if (number > 0)
      for (let i = 0; i < random[127]! % (MAX_REFERENCES + 1); i++)
        references.add(storePathOf(random.readUInt32LE(84 + 4 * i) % number));
    if (number % 2 === 0) references.add(storePath);
    yield {
      storePath,
      ...{ narHash, narSize },
      references: [...references].sort(),
      deriver: `${STORE_DIR}/${formatHashPart(random.subarray(64, 84))}-package-${number}.drv`,
      sigs: [
        `cache.example.org-1:${Buffer.concat([random.subarray(20, 64), random.subarray(0, 20)]).toString("base64")}`,
      ],
      registrationTime: 1_700_000_000 + number,
    };
  }
}
