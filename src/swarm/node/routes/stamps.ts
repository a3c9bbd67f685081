import { isHex } from "../../../encoding/hex.js";
import { failWith } from "../http-errors.js";
import type { NodeContext, NodeRequest } from "../node-context.js";
import { isDepth } from "../stamps.js";

const MAX_LABEL = 255;

/** `GET /stamps`: the batches that were bought here. */
export const getStamps =
  ({ stamps: use }: NodeContext) =>
  (): Response =>
    Response.json({ stamps: use((stamps) => stamps.list()) });

/** `GET /stamps/:batch`. */
export const getStamp =
  ({ stamps: use }: NodeContext) =>
  (c: NodeRequest): Response => {
    const batch = c.req.param("batch")?.toLowerCase() ?? "";
    if (!isHex(batch, 32)) return failWith(400, "invalid path params: batch_id");
    const found = use((stamps) => stamps.find(batch));
    return found ? Response.json(found) : failWith(404, "issuer does not exist");
  };

/** `POST /stamps/:amount/:depth?label=…`, with the header `immutable`: yes where it is not given, as with a Bee. */
export const postStamp =
  ({ stamps: use }: NodeContext) =>
  (c: NodeRequest): Response => {
    const [amount = "", depth = ""] = [c.req.param("amount"), c.req.param("depth")];
    const label = c.req.query("label") ?? "";
    if (!/^[1-9][0-9]{0,29}$/.test(amount)) return failWith(400, "invalid path params: amount");
    if (!/^[0-9]{1,3}$/.test(depth) || !isDepth(Number(depth))) return failWith(400, "invalid path params: depth");
    if (label.length > MAX_LABEL) return failWith(400, "invalid query params: label");
    const immutable = c.req.header("immutable")?.toLowerCase() !== "false";
    const order = { depth: Number(depth), amount: BigInt(amount), label, immutable };
    const batchID = use((stamps) => stamps.buy(order));
    return Response.json({ batchID, txHash: `0x${"0".repeat(64)}` }, { status: 201 });
  };
