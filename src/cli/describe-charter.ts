import type { Charter, CharterMember } from "../members/charter.js";
import type { CouncilDifference } from "../members/compare-council.js";

/** A charter as a person reads it. */
export function describeCharter({ name, storeDir, systems, members }: Charter, address: string): string {
  return [
    `charter    ${name}`,
    `address    ${address}`,
    `store      ${storeDir}${systems ? `, ${systems.join(" ")}` : ""}`,
    ...members.flatMap((member) => ["", ...describeMember(member)]),
  ].join("\n");
}

function describeMember({ address, name, title, site, ownedKey, nixKeys, scope }: CharterMember): string[] {
  const { rebuilt, copied } = nixKeys;
  return [
    `member     ${name}${title === undefined ? "" : `, ${title}`}`,
    `account    ${address}`,
    ...(site === undefined ? [] : [`site       ${site}`]),
    `owned key  ${ownedKey}`,
    ...(rebuilt === undefined ? [] : [`rebuilt    ${rebuilt}`]),
    ...(copied === undefined ? [] : [`copied     ${copied}`]),
    ...(scope === undefined ? [] : [`speaks for ${describeScope(scope)}`]),
  ];
}

function describeScope({ packages, systems }: NonNullable<CharterMember["scope"]>): string {
  const what = packages === undefined ? "every package" : packages.join(" ");
  return systems === undefined ? what : `${what}, for ${systems.join(" ")}`;
}

/** Where the charter and the council do not agree; no lines where they do. */
export function describeDifference({ missing, strangers }: CouncilDifference): string[] {
  return [
    ...missing.map((address) => `${address} is a member of the council and has no entry here`),
    ...strangers.map((address) => `${address} has an entry here and is no member of the council`),
  ];
}
