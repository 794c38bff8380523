/** Samples to the console through a spool on disk. At least once; node and time make it once. */
import type { ClientLog } from "@/lib/protocol/client";
import type { Sample } from "@/lib/telemetry/samples";
import { startDelivery, type DeliveryCounts } from "@/lib/telemetry/sender/deliver-spool";
import { Spool } from "@/lib/telemetry/sender/spool";

export interface SampleDelivery {
  deliver(sample: Sample): void;
  counts: DeliveryCounts;
  /** Waiting on disk. */
  spoolBytes(): number;
  /** Samples that the full spool, or the disk, did not take. */
  dropped(): number;
  close(withinMs: number): Promise<void>;
}

/** @param ingestKey from the enrolment; it is not written to disk here */
export function openSampleDelivery(options: {
  dir: string;
  consoleUrl: string;
  ingestKey: string;
  limitBytes: number;
  log: ClientLog;
}): SampleDelivery {
  const spool = new Spool<Sample>(options.dir, options.limitBytes);
  const delivery = startDelivery(
    spool,
    { url: options.consoleUrl, path: "/api/v1/samples", key: options.ingestKey },
    options.log,
  );
  return {
    deliver: (sample) => spool.append(sample),
    counts: delivery.counts,
    spoolBytes: () => spool.bytes,
    dropped: () => spool.dropped,
    close: async (withinMs) => {
      await delivery.close(withinMs);
      spool.close();
    },
  };
}
