import { z } from "zod";
import { account, swarmAddress, word } from "../cat/json-fields.js";
import { LINK_STATES, type LightAnswer, listLinks } from "./light-links.js";

const count = (min: number) => z.int().min(min);

/** What `catnix resolve --light --json` says of its proof, as `light` of a resolution (docs/light.md). */
export const lightSchema = z.strictObject({
  trust: z.strictObject({
    by: z.enum(["hash", "agreement"]).describe("why the block is believed: its hash was given, or endpoints agree"),
    agreed: z.array(z.string()).optional().describe("the endpoints that agree, without secrets"),
    asked: count(1).optional(),
    needed: count(1).optional(),
  }),
  time: count(0).describe("of the block, in seconds since 1970"),
  age: z
    .int()
    .describe("of the block, in seconds by the clock of the machine that asked; negative where it is ahead of that"),
  stateRoot: word,
  codeHash: word.describe("of the registry's code"),
  storageHash: word.describe("root of the registry's storage"),
  council: z
    .strictObject({
      members: z.array(account),
      publishThreshold: count(0),
      councilThreshold: count(0),
      guardian: account,
      charter: swarmAddress,
    })
    .describe("as it is at the block"),
  retired: z.boolean(),
  approvers: z
    .array(
      z.strictObject({
        member: account,
        name: z.string().optional().describe("in the charter"),
        by: z.enum(["signature", "told"]).describe("the member's own signature, or an endpoint's word"),
      }),
    )
    .optional()
    .describe("of the batch that set the row, where that is proved up to the head"),
  links: z
    .array(z.strictObject({ link: z.string(), state: z.enum(LINK_STATES), text: z.string() }))
    .describe("what people are shown"),
});

export type LightJson = z.output<typeof lightSchema>;

export function toLightJson(answer: LightAnswer): LightJson {
  const { view, age, approval, names } = answer;
  const { trust, header } = view.options.trusted;
  const { account, council, retirement } = view.state;
  const nameOf = (member: string) => names?.get(member);
  return {
    trust: trust.by === "hash" ? { by: trust.by } : { ...trust, agreed: [...trust.agreed] },
    time: header.time,
    age,
    stateRoot: header.stateRoot,
    codeHash: account.codeHash,
    storageHash: account.storageHash,
    council: { ...council, members: [...council.members] },
    retired: retirement !== undefined,
    ...(approval &&
      "approval" in approval && {
        approvers: approval.approval.approvers.map(({ member, by }) => {
          const name = nameOf(member);
          return { member, ...(name !== undefined && { name }), by };
        }),
      }),
    links: listLinks(answer),
  };
}
