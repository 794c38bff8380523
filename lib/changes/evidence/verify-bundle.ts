/**
 * Does a bundle hold together, to the byte? Pure, offline, and without trusting the file:
 *
 *   file     it is its own canonical form, so that there is no byte which means nothing
 *   chain    every link follows the one before it, up to the head
 *   body     the hash of everything else is in the newest link, written by the export
 *   content  what was approved is what was started; enough others approved it, or the glass was broken, before it began
 *   bytes    what targets were given has the hashes that are named
 *   ticks    each decision is what the same facts give again; each verdict and hard stop what the same observations give
 *
 * Whoever rewrites all of it, head included, is found by a head that was written down elsewhere.
 */
import { checkLink, type ChainEnd } from "@/lib/audit/check-link";
import { canonicalHash, canonicalText } from "@/lib/protocol/canonical";
import { contentHash } from "../request/content-hash";
import type { Guardrail } from "../guardrails/schemas";
import { bodyHash, type Bundle, type BundleLink } from "./bundle";
import { judgementProblems, replayProblems, verdictsIn } from "./replay-ticks";

export interface BundleVerdict {
  /** Empty: it holds. */
  problems: string[];
  /** What was looked at, in words. */
  checked: string[];
  head: { seq: string; hash: string } | null;
}

export function verifyBundle(text: string, known?: { seq: string; hash: string }): BundleVerdict {
  let bundle: Bundle;
  try {
    bundle = JSON.parse(text) as Bundle;
    if (canonicalText(bundle) !== text.replace(/\n$/, "")) {
      return { problems: ["The file is not as it was written: some byte of it was changed."], checked: [], head: null };
    }
    return verify(bundle, known);
  } catch (error) {
    return {
      problems: [`This is not an evidence bundle: ${error instanceof Error ? error.message : String(error)}`],
      checked: [],
      head: null,
    };
  }
}

function verify(bundle: Bundle, known: { seq: string; hash: string } | undefined): BundleVerdict {
  const { audit, ...body } = bundle;
  const { change, rollout } = body;
  const own = audit.links.filter(({ event }) => event.subject === `change:${change.id}`);
  const problems = [
    ...chainProblems(audit.links, audit.head, known),
    ...exportProblems(audit.links, change.id, bodyHash(body)),
    ...(contentHash(change.content) === change.contentHash ? [] : ["The content does not have the hash that was approved."]),
    ...(rollout ? approvalProblems(own, bundle) : []),
    ...(rollout ? payloadProblems(rollout) : []),
    ...(rollout ? replayProblems(rollout.plan, rollout.ticks) : []),
    ...(rollout ? judgementProblems(rollout.ticks, change.content.guardrails as unknown as Guardrail[]) : []),
  ];
  const checked = [
    `${audit.links.length} links of the audit chain, ${own.length} of them of this change`,
    ...(rollout
      ? [
          `${Object.keys(rollout.payloads).length} configurations`,
          `${rollout.ticks.length} decisions and ${verdictsIn(rollout.ticks)} verdicts, computed again`,
        ]
      : []),
  ];
  return { problems, checked, head: audit.head };
}

function chainProblems(
  links: readonly BundleLink[],
  head: Bundle["audit"]["head"],
  known?: { seq: string; hash: string },
): string[] {
  const [first] = links;
  if (!first) return ["It has no audit chain."];
  let end: ChainEnd = { seq: BigInt(first.event.seq) - 1n, hash: first.prevHash };
  for (const link of links) {
    const problem = checkLink(end, link);
    if (problem) return [`Audit event ${link.event.seq}: ${problem}`];
    end = { seq: BigInt(link.event.seq), hash: link.hash };
  }
  if (end.seq.toString() !== head.seq || end.hash !== head.hash) return ["The audit chain does not end at its head."];
  if (!known) return [];
  const there = links.find(({ event }) => event.seq === known.seq);
  if (!there)
    return [`Event ${known.seq}, written down elsewhere, is not in this bundle: it has ${first.event.seq} to ${head.seq}.`];
  return there.hash === known.hash
    ? []
    : [`Event ${known.seq} is not the one that was written down elsewhere: the past was rewritten.`];
}

function exportProblems(links: readonly BundleLink[], changeId: string, hash: string): string[] {
  const event = links.at(-1)?.event;
  const said = (event?.data as { bundle?: unknown } | undefined)?.bundle;
  if (event?.action !== "change.export" || event.subject !== `change:${changeId}`)
    return ["The newest audit event is not the export."];
  return said === hash ? [] : ["What it holds is not what was exported: its hash is another one."];
}

function approvalProblems(own: readonly BundleLink[], { change }: Bundle): string[] {
  const began = own.findIndex(
    ({ event }) =>
      typeof (event.data as { rollout?: unknown }).rollout === "string" && /^change\.(start|break_glass)$/.test(event.action),
  );
  if (began < 0) return ["It was rolled out, and nobody is recorded who started it."];
  const start = own[began]!.event;
  if ((start.data as { contentHash?: unknown }).contentHash !== change.contentHash)
    return ["What was started is not this content."];
  if (start.action === "change.break_glass")
    return change.breakGlass ? [] : ["The glass was broken, and the change does not say so."];
  const { quorum } = start.data as { quorum: number };
  const approvers = new Set(
    own
      .slice(0, began)
      .filter(
        ({ event }) =>
          event.action === "change.approve" && (event.data as { contentHash?: unknown }).contentHash === change.contentHash,
      )
      .map(({ event }) => event.actorId)
      .filter((id) => !change.contributors.includes(id)),
  );
  return approvers.size >= quorum ? [] : [`${approvers.size} of ${quorum} people approved it before it began.`];
}

function payloadProblems({ payloads, targets }: NonNullable<Bundle["rollout"]>): string[] {
  const wrong = Object.entries(payloads).filter(([hash, payload]) => canonicalHash(payload) !== hash);
  const missing = targets
    .flatMap(({ stableHash, finalHash }) => [stableHash, finalHash])
    .filter((hash) => hash !== null && !(hash in payloads));
  return [
    ...wrong.map(([hash]) => `A configuration does not have its hash ${hash}.`),
    ...[...new Set(missing)].map((hash) => `The configuration ${hash} is missing.`),
  ];
}
