import { isHex } from "../../../encoding/hex.js";
import { failWith } from "../http-errors.js";
import type { NodeContext, NodeRequest } from "../node-context.js";
import { isDepth, type Stamps } from "../stamps.js";

const MAX_LABEL = 255;
const AMOUNT = /^[1-9][0-9]{0,29}$/;
/** There is no chain, and so no transaction. */
const NO_TRANSACTION = `0x${"0".repeat(64)}`;

/** `GET /stamps`: the batches that were bought here. */
export const getStamps =
  ({ stamps: use }: NodeContext) =>
  (): Response =>
    Response.json({ stamps: use((stamps) => stamps.list()) });

/** `GET /stamps/:batch`. */
export const getStamp = answerOf((stamps, batch) => stamps.find(batch));

/** `POST /stamps/:amount/:depth?label=…`, with the header `immutable`: yes where it is not given, as with a Bee. */
export const postStamp =
  ({ stamps: use }: NodeContext) =>
  (c: NodeRequest): Response => {
    const [amount = "", depth = ""] = [c.req.param("amount"), c.req.param("depth")];
    const label = c.req.query("label") ?? "";
    if (!AMOUNT.test(amount)) return failWith(400, "invalid path params: amount");
    if (!/^[0-9]{1,3}$/.test(depth) || !isDepth(Number(depth))) return failWith(400, "invalid path params: depth");
    if (label.length > MAX_LABEL) return failWith(400, "invalid query params: label");
    const immutable = c.req.header("immutable")?.toLowerCase() !== "false";
    const order = { depth: Number(depth), amount: BigInt(amount), label, immutable };
    const batchID = use((stamps) => stamps.buy(order));
    return Response.json({ batchID, txHash: NO_TRANSACTION }, { status: 201 });
  };

/** `GET /stamps/:batch/buckets`: how many chunks each of the 65,536 buckets has paid for. */
export const getBuckets = answerOf((stamps, batch) => stamps.buckets(batch));

/** `PATCH /stamps/topup/:batch/:amount`. */
export const patchTopUp =
  ({ stamps: use }: NodeContext) =>
  (c: NodeRequest): Response => {
    const [batch, amount = ""] = [batchIn(c), c.req.param("amount")];
    if (batch === undefined) return failWith(400, "invalid path params: batch_id");
    if (!AMOUNT.test(amount)) return failWith(400, "invalid path params: amount");
    // A Bee, too, fails here in the middle of its transaction, with 500.
    if (!use((stamps) => stamps.topUp(batch, BigInt(amount)))) return failWith(500, "cannot topup batch");
    return Response.json({ batchID: batch, txHash: NO_TRANSACTION }, { status: 202 });
  };

/** `PATCH /stamps/dilute/:batch/:depth`. */
export const patchDilute =
  ({ stamps: use }: NodeContext) =>
  (c: NodeRequest): Response => {
    const [batch, depth = ""] = [batchIn(c), c.req.param("depth")];
    if (batch === undefined) return failWith(400, "invalid path params: batch_id");
    if (!/^[0-9]{1,3}$/.test(depth)) return failWith(400, "invalid path params: depth");
    const diluted = use((stamps) => stamps.dilute(batch, Number(depth)));
    if (diluted === undefined) return failWith(500, "cannot dilute batch");
    if (!diluted) return failWith(400, "invalid depth");
    return Response.json({ batchID: batch, txHash: NO_TRANSACTION }, { status: 202 });
  };

/** Tells something of one batch, where it was bought here. */
function answerOf(find: (stamps: Stamps, batch: string) => object | undefined) {
  return ({ stamps: use }: NodeContext) =>
    (c: NodeRequest): Response => {
      const batch = batchIn(c);
      if (batch === undefined) return failWith(400, "invalid path params: batch_id");
      const found = use((stamps) => find(stamps, batch));
      return found ? Response.json(found) : failWith(404, "issuer does not exist");
    };
}

function batchIn(c: NodeRequest): string | undefined {
  const batch = c.req.param("batch")?.toLowerCase() ?? "";
  return isHex(batch, 32) ? batch : undefined;
}
