import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

export function createFleetMetrics(now: { parked: () => number; waiting: () => number; listening: () => boolean }) {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: "headroom_fleet_" });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge("headroom_fleet_parked_polls", "Targets that wait for an order", now.parked);
  gauge("headroom_fleet_waiting_syncs", "Syncs that wait to be decided", now.waiting);
  gauge("headroom_fleet_listening", "1 while hints of new orders are heard", () => Number(now.listening()));
  return {
    registry,
    syncs: new Counter({ name: "headroom_fleet_syncs_total", help: "Syncs by outcome", labelNames: ["outcome"], registers }),
    enrolments: new Counter({
      name: "headroom_fleet_enrolments_total",
      help: "Enrolments by outcome",
      labelNames: ["outcome"],
      registers,
    }),
    withheld: new Counter({
      name: "headroom_fleet_withheld_orders_total",
      help: "Orders not signed: nobody allowed them",
      registers,
    }),
    batchSize: new Histogram({
      name: "headroom_fleet_batch_syncs",
      help: "Syncs decided in one transaction",
      buckets: [1, 5, 25, 100, 250],
      registers,
    }),
    batchSeconds: new Histogram({
      name: "headroom_fleet_batch_seconds",
      help: "Time of one transaction",
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
      registers,
    }),
  };
}
