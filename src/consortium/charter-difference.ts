import type { Charter, CharterMember } from "../members/charter.js";

/** One thing that a charter says of a member otherwise than another charter. */
export interface CharterChange {
  /** Checksummed. */
  readonly member: string;
  /** Such as `ownedKey` or `nixKeys.rebuilt`. */
  readonly field: string;
  /** Undefined where it says nothing. */
  readonly was: string | undefined;
  readonly is: string | undefined;
}

const FIELDS: Readonly<Record<string, (member: CharterMember) => string | undefined>> = {
  name: ({ name }) => name,
  title: ({ title }) => title,
  site: ({ site }) => site,
  ownedKey: ({ ownedKey }) => ownedKey,
  "nixKeys.rebuilt": ({ nixKeys }) => nixKeys.rebuilt,
  "nixKeys.copied": ({ nixKeys }) => nixKeys.copied,
  scope: ({ scope }) => (scope === undefined ? undefined : JSON.stringify(scope)),
};

/** What changes of those whom both charters name: keys above all, since who changes a key speaks for the member from then on. */
export function compareCharters(was: Charter, is: Charter): CharterChange[] {
  const before = new Map(was.members.map((member) => [member.address, member]));
  return is.members.flatMap((member) => {
    const known = before.get(member.address);
    if (!known) return [];
    return Object.entries(FIELDS).flatMap(([field, read]) => {
      const change = { member: member.address, field, was: read(known), is: read(member) };
      return change.was === change.is ? [] : [change];
    });
  });
}
