import type { CollectedMember } from "../consortium/collect-approvals.js";
import type { Colors } from "./colors.js";

/** Who approved, who is missing, and what is wrong with the others, as a person reads it. */
export function describeCollected(members: readonly CollectedMember[], { green, yellow, red }: Colors): string {
  const mark = {
    approved: green,
    missing: yellow,
    invalid: red,
    unreachable: yellow,
    "no entry": yellow,
  };
  return members
    .map(({ member, name, state, error, attestation }) => {
      const who = name === undefined ? member : `${member} ${name}`;
      const detail = error?.message ?? (attestation === undefined ? "" : `attestation ${attestation}`);
      return `  ${who}  ${mark[state](state)}${detail === "" ? "" : `: ${detail}`}`;
    })
    .join("\n");
}
