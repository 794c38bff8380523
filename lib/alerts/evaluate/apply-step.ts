/** Carries a transition out: the incident, its history and the outbox, in the caller's transaction. */
import type pg from "pg";
import { enqueueNotification } from "@/lib/notifications";
import type { Transition } from "../lifecycle/machine";
import { sideOf, thresholdOf } from "../rules/compare";
import type { AlertRule } from "../rules/schemas";
import { reaches } from "../reaches";
import {
  insertIncident,
  insertTransition,
  readIncidentFor,
  updateIncident,
  type Instance,
  type NewTransition,
} from "../store/evaluation";
import { notificationOf, tenantsOfIncident } from "./notification-of";

export interface Acting {
  ruleId: string;
  ruleVersion: number;
  rule: AlertRule;
  /** When it is written down. */
  now: Date;
  byName: string | null;
  note: string | null;
  /** What to say of the cause, when an incident opens. */
  detail: () => Promise<string | null>;
}

/** `instance` holds the state after the transition; answers the incident that it belongs to now. */
export async function applyTransition(
  client: pg.ClientBase,
  acting: Acting,
  instance: Instance,
  transition: Transition,
): Promise<string | null> {
  if (transition.kind === "firing") return openIncident(client, acting, instance, transition);
  const { incidentId } = instance;
  // Waiting and its end are no incident; neither is being armed again after one.
  if (incidentId === null || transition.kind === "rearmed") return null;
  const ended = transition.kind === "resolved";
  await updateIncident(client, incidentId, {
    phase: ended ? "resolved" : instance.state.phase,
    ...(ended ? { endedAt: transition.at, resolvedByName: acting.byName } : {}),
    ...(transition.kind === "acknowledged" ? { acknowledgedByName: acting.byName } : {}),
  });
  await record(client, acting, incidentId, instance, transition);
  return ended ? null : incidentId;
}

async function openIncident(client: pg.ClientBase, acting: Acting, instance: Instance, transition: Transition): Promise<string> {
  const { rule } = acting;
  const since = instance.state.breachedSince ?? transition.at;
  const id = await insertIncident(client, {
    ruleId: acting.ruleId,
    ruleVersion: acting.ruleVersion,
    ruleName: rule.name,
    severity: rule.severity,
    cause: transition.cause,
    labelHash: instance.labelHash,
    labels: instance.labels,
    tenants: tenantsOfIncident(rule.filters, instance.labels),
    value: instance.value,
    threshold: thresholdOf(rule.condition),
    detail: await acting.detail(),
    breachedSince: since,
    openedAt: transition.at,
  });
  if (since < transition.at) {
    await insertTransition(client, id, { ...plain(transition), kind: "pending", at: since, value: null }, acting.now);
  }
  await record(client, acting, id, instance, transition);
  return id;
}

const plain = ({ kind, cause, at }: Transition): NewTransition => ({ kind, cause, at, value: null, byName: null, note: null });

async function record(
  client: pg.ClientBase,
  { now, byName, note }: Acting,
  incidentId: string,
  { value, state }: Instance,
  transition: Transition,
): Promise<void> {
  const number = await insertTransition(client, incidentId, { ...plain(transition), value, byName, note }, now);
  const incident = await readIncidentFor(client, incidentId);
  const told = { number, kind: transition.kind, value, byName, note, acknowledged: state.acknowledged, at: now };
  const notification = notificationOf(incident!, told);
  if (notification) await enqueueNotification(client, notification);
}

/** Strictly further on the bad side. */
export const isWorse = ({ condition }: Pick<AlertRule, "condition">, value: string, than: string): boolean =>
  sideOf(condition) === "above" ? !reaches(than, value) : !reaches(value, than);
