import { computeAddress } from "ethers";
import type { Charter, CharterMember } from "../../../src/members/charter.js";
import { formatPublicKey, generateSecretKey } from "../../../src/nix/signing-key.js";
import { sortAddresses } from "../../../src/registry/council-file.js";
import { wellKnownKey } from "../../support/well-known-key.js";

/** A member whose key in the registry is number `at` of the well-known ones, and whose owned key is number `at + 20`. */
export function sampleMember(name: string, at: number, fields: Partial<CharterMember> = {}): CharterMember {
  const key = (kind: string) => formatPublicKey(generateSecretKey(`${name}-${kind}-1`).publicKey);
  return {
    address: computeAddress(wellKnownKey(at)),
    name,
    ownedKey: computeAddress(wellKnownKey(at + 20)),
    nixKeys: { rebuilt: key("rebuilt"), copied: key("copied") },
    ...fields,
  };
}

/** @param members in any order */
export function sampleCharter(members: readonly CharterMember[], fields: Partial<Charter> = {}): Charter {
  const order = sortAddresses(members.map(({ address }) => address));
  const sorted = [...members].sort((a, b) => order.indexOf(a.address) - order.indexOf(b.address));
  return { format: "catnix-charter/1", name: "A consortium", storeDir: "/nix/store", members: sorted, ...fields };
}
