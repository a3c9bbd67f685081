import type { Approval } from "../cat/batch.js";
import { addToFile, type Named, type SignedFile, type SignedFileKind } from "../consortium/signed-file.js";
import type { Registry } from "../registry/registry.js";
import type { Context } from "./context.js";

/** An approval, and the file that it goes to. */
export interface NewApproval<F> extends Named<F> {
  readonly approval: Approval;
  /** The file that is written, which may hold approvals of the same act already. */
  readonly out: string;
}

/**
 * Adds an approval to the file of an act, beside those that came meanwhile; a Safe's is joined of its owners' parts.
 * @returns what the file holds from then on
 * @throws CatnixError as {@link addToFile}
 */
export function addApproval<F extends SignedFile>(
  kind: SignedFileKind<F>,
  registry: Registry,
  { file, content, approval, out }: NewApproval<F>,
): Promise<F> {
  return addToFile(kind, registry, out, [
    { file, content },
    { file, content: { ...content, approvals: [approval] } },
  ]);
}

/**
 * The same for a signature that was made just now. A person may have pressed buttons for it: where it cannot be written it is
 * printed, with the command that adds it.
 * @param group of that command
 * @throws CatnixError as {@link addToFile}
 */
export async function addMadeApproval<F extends SignedFile>(
  context: Context,
  group: "batch" | "registry",
  kind: SignedFileKind<F>,
  registry: Registry,
  it: NewApproval<F>,
): Promise<F> {
  try {
    return await addApproval(kind, registry, it);
  } catch (error) {
    const { member, signature } = it.approval;
    const command = `catnix ${group} add-signature ${it.file} --member ${member} --signature ${signature}`;
    context.print({ ...it.approval }, `signed, but not written to ${it.out}; to add it: ${command}`);
    throw error;
  }
}
