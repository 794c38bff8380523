/**
 * One connection to Redis for all caches. Redis away, slow or full is a miss: every wait is short, and after a few
 * failures nobody waits at all until it answers again.
 */
import type { Redis } from "ioredis";
import { Circuit } from "./circuit";
import type { Log } from "./log";

export interface RedisLink {
  /** The answer, or null when Redis did not give one in time. */
  ask<T>(question: (redis: Redis) => Promise<T>): Promise<T | null>;
  /** Nobody waits for it. */
  tell(order: (redis: Redis) => Promise<unknown>): void;
  /** Keys begin with it. */
  prefix: string;
  /** Questions and orders that failed or came too late. */
  failures(): number;
  usable(): boolean;
  close(): void;
}

export interface RedisLinkOptions {
  url: string;
  prefix: string;
  waitMs: number;
  log: Log;
}

/** More than this is not queued for a Redis that does not read. */
const MOST_UNDER_WAY = 1_000;

export async function openRedisLink({ url, prefix, waitMs, log }: RedisLinkOptions): Promise<RedisLink> {
  // Only a gateway that uses Redis loads its client.
  const { Redis } = await import("ioredis");
  const redis = new Redis(url, {
    connectionName: "headroom-gateway",
    enableOfflineQueue: false,
    enableAutoPipelining: true,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    connectTimeout: 2_000,
    commandTimeout: 2_000,
    retryStrategy: (times) => Math.min(2_000, 50 * 2 ** Math.min(times, 6)),
  });
  const circuit = new Circuit();
  let failures = 0;
  let underWay = 0;
  let away = false;
  redis.on("error", (error: NodeJS.ErrnoException) => {
    // Once per absence. Never the URL: it may hold a password.
    if (!away) log("warn", "Redis is away; its caches miss", { reason: error.code ?? error.name });
    away = true;
  });
  redis.on("ready", () => {
    if (away) log("info", "Redis is back");
    away = false;
    circuit.succeeded();
  });

  const failed = () => {
    failures += 1;
    circuit.failed(Date.now());
  };
  const usable = () => redis.status === "ready" && underWay < MOST_UNDER_WAY;

  return {
    prefix,
    failures: () => failures,
    usable: () => usable() && !circuit.open,
    ask: (question) =>
      new Promise((resolve) => {
        if (!usable() || !circuit.allows(Date.now())) {
          resolve(null);
          return;
        }
        underWay += 1;
        const timer = setTimeout(() => {
          failed();
          resolve(null);
        }, waitMs);
        question(redis)
          .then(
            (answer) => {
              clearTimeout(timer);
              circuit.succeeded();
              resolve(answer);
            },
            () => {
              clearTimeout(timer);
              failed();
              resolve(null);
            },
          )
          .finally(() => {
            underWay -= 1;
          });
      }),
    tell: (order) => {
      if (!usable() || circuit.open) return;
      underWay += 1;
      order(redis)
        .catch(failed)
        .finally(() => {
          underWay -= 1;
        });
    },
    close: () => redis.disconnect(),
  };
}
