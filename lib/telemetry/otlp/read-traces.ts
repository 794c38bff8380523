/** An ExportTraceServiceRequest, decoded from either encoding → usage events and refusals, span by span. Pure. */
import type { UsageEvent } from "../event";
import type { Refusal } from "../validate";
import { readSpan, type SpanDoor } from "./read-span";
import { isTree, listOf, NotOtlp, own, readAttributes, type Attributes } from "./scalars";

export interface RefusedItem extends Refusal {
  /** Position among all spans of the request, from 0. */
  index: number;
  id: string | null;
}

export interface TracesReading {
  spans: number;
  events: UsageEvent[];
  /** Spans that are not model calls: received, of no cost. */
  ignored: number;
  refused: RefusedItem[];
}

/** Throws NotOtlp when the body is not an export request. */
export function readTraces(body: unknown, door: SpanDoor): TracesReading {
  const reading: TracesReading = { spans: 0, events: [], ignored: 0, refused: [] };
  eachScope(body, { resources: "resourceSpans", scopes: "scopeSpans" }, (scope, resource) => {
    for (const span of listOf(scope, "spans")) {
      const index = reading.spans++;
      const read = readSpan(span, resource, door);
      if (read.kind === "event") reading.events.push(read.event);
      else if (read.kind === "ignored") reading.ignored++;
      else reading.refused.push({ index, id: read.id, ...read.refusal });
    }
  });
  return reading;
}

/** Walk resource by resource and scope by scope. Throws NotOtlp where the tree is not OTLP. */
export function eachScope(
  body: unknown,
  names: { resources: string; scopes: string },
  visit: (scope: Record<string, unknown>, resource: Attributes) => void,
): void {
  if (!isTree(body)) throw new NotOtlp("the body must be an object");
  for (const entry of listOf(body, names.resources)) {
    if (!isTree(entry)) throw new NotOtlp(`"${names.resources}" must hold objects`);
    const resource = own(entry, "resource");
    const attributes = readAttributes(isTree(resource) ? listOf(resource, "attributes") : []);
    for (const scope of listOf(entry, names.scopes)) {
      if (!isTree(scope)) throw new NotOtlp(`"${names.scopes}" must hold objects`);
      visit(scope, attributes);
    }
  }
}
