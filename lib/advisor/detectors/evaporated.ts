import type { Detection, FindingScope } from "../findings/finding";
import { leverOf } from "../findings/lever-of-edit";
import type { EvaporatedSaving } from "../ledger/list-evaporated";
import type { AdvisorInput, TrafficRow } from "./input";
import { exploreLink, pageLink, partsOf, percent, ratio } from "./looking";

/**
 * A promoted change whose saving is surely less than half of what it surely was: what is saved no longer is a finding again.
 * Engine changes are left to the failure patterns: own GPUs cost the same per hour, so no dollars can be named.
 */
export function detectEvaporated(input: AdvisorInput): Detection[] {
  return input.evaporated.flatMap((saving) => {
    const edit = saving.edits.find(({ kind }) => kind !== "engine");
    if (!edit) return [];
    const scope = scopeOf(edit);
    const rows = input.traffic.filter((row) => concerns(scope, row));
    const { changeId, number, title, firstLowShare, nowLowShare, nowHighShare } = saving;
    const what = `#${number}`;
    return [
      {
        lever: leverOf(edit),
        scope: { ...scope, change: what },
        title: `The saving of change ${what} has evaporated`,
        statement: `"${title}" surely saved ${percent(firstLowShare)} of the cost at first, and at most ${percent(Math.max(0, nowHighShare))} in the newest week that was measured.`,
        numbers: [
          ratio("Surely saved at first", firstLowShare),
          ratio("Saved now, at most", Math.max(0, nowHighShare)),
          ratio("Saved now, at least", Math.max(0, nowLowShare)),
        ],
        links: [
          pageLink("Its measurements", `/changes/${changeId}`),
          exploreLink("What moved since, in Explore", "cost_usd,requests,tokens_in_p50,tokens_out_p50", "modelServed", {
            endpoint: scope.endpoint,
            tenant: scope.tenant,
          }),
        ],
        // What was surely saved and is not any more. Today's spend is the base: without any saving it is what it was before.
        parts: partsOf(
          rows,
          Math.max(0, firstLowShare - Math.max(0, nowHighShare)),
          Math.max(0, firstLowShare - Math.max(0, nowLowShare)),
        ),
        basis: "measured",
        method: "The lower bound of the first measurement less the newest week's interval, on what is spent now.",
        confidence: "medium",
        confidenceWhy: "The newest week is held against the weeks before the change, which is weaker than a canary.",
        prerequisites: [],
        remedy: {
          kind: "task",
          title: `Renew change ${what}, or take it back`,
          steps: [
            "See what moved since: traffic, prompts, prices, or a later change of the same requests.",
            "Draft the change anew where it still fits; restore the policy before it where it does not.",
          ],
          link: pageLink("The change", `/changes/${changeId}`),
        },
        watch: ["The next weekly measurement in the savings ledger."],
      },
    ];
  });
}

type Edit = EvaporatedSaving["edits"][number];

function scopeOf({ scope: { level, value } }: Edit): FindingScope {
  return (level === "endpoint" || level === "tenant") && value !== null ? { [level]: value } : {};
}

const concerns = (scope: FindingScope, row: TrafficRow): boolean =>
  (scope.endpoint === undefined || row.endpoint === scope.endpoint) &&
  (scope.tenant === undefined || row.tenant === scope.tenant);
