import type { Command } from "commander";
import { acceptSignature } from "../../consortium/accept-signature.js";
import { typedBatch } from "../../consortium/batch-file.js";
import { judgeApprovalOf } from "../../consortium/judge-approvals.js";
import { requireMember } from "../../consortium/sign-batch.js";
import { batchFiles } from "../../consortium/signed-file.js";
import { addApproval } from "../add-approval.js";
import type { Context } from "../context.js";
import { describeSafe } from "../describe-batch.js";
import { openSignedFile } from "../open-signed-file.js";
import { addExamples, withContext } from "../options.js";
import { type AddSignatureOptions, addSignatureOptions, readSignature } from "../sign-elsewhere.js";

export function addAddSignatureCommand(batch: Command): void {
  const command = addSignatureOptions(batch.command("add-signature"), "batch")
    .description("add a signature that was made elsewhere, once the registry would take it")
    .argument("<file>", "batch file; the signature is added to it")
    .action(async (file: string, options: AddSignatureOptions, command: Command) =>
      withContext(command, (context) => addSignatureCommand(context, file, options)),
    );
  addExamples(
    command,
    "batch add-signature batch-12.json --member 0x… --signature-file from-cold-storage.txt",
    "batch add-signature batch-12.json --member <Safe> --signature 0x",
  );
}

async function addSignatureCommand(context: Context, file: string, options: AddSignatureOptions): Promise<void> {
  const { member, out = file } = options;
  const signature = await readSignature(options);
  const { content, registry } = await openSignedFile(context, batchFiles, file);
  await requireMember(member, registry);
  const approval = await acceptSignature(registry, typedBatch(content), { member, signature });
  const written = await addApproval(batchFiles, registry, { file, content, approval, out });
  const { verdict } = await judgeApprovalOf(registry, written, member);
  const holds = verdict.verdict === "holds";
  context.print(
    { ...approval, kind: verdict.kind, holds, ...verdict.safe, file: out },
    `${holds ? `the approval of ${member} holds` : describeSafe(verdict)}, written to ${out}`,
  );
}
