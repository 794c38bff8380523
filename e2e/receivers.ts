/**
 * Receivers that channels of the journeys really reach. They are inside this machine, which the product refuses unless its
 * operator lists them: their ports are chosen before the stack starts, so that it can be started with them.
 */
import net from "node:net";
import { httpReceiver, mailReceiver, type HttpReceiver, type MailReceiver, type Received } from "@/lib/testing/receivers";

const SETTING = "HEADROOM_E2E_RECEIVERS";
const COUNT = 3;
/** Below the ports that outgoing connections take by themselves. */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;

/** `127.0.0.1:port` of each, for HEADROOM_OUTBOUND_HOSTS of the stack; kept for the journeys, which run in other processes. */
export async function chooseReceivers(): Promise<string> {
  const ports = new Set<number>();
  while (ports.size < COUNT) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
    if (await isFree(port)) ports.add(port);
  }
  const hosts = [...ports].map((port) => `127.0.0.1:${port}`).join(",");
  process.env[SETTING] = hosts;
  return hosts;
}

/** Of a stack that was not started by these journeys: which hosts it lets channels reach is for its operator to say. */
function receiverPorts(): number[] {
  const ports = (process.env[SETTING] ?? "").split(",").map((host) => Number(/^127\.0\.0\.1:(\d+)$/.exec(host.trim())?.[1]));
  if (ports.length < COUNT || ports.some(Number.isNaN)) {
    throw new Error(
      `This journey receives notifications on this machine. Start the stack with HEADROOM_OUTBOUND_HOSTS=127.0.0.1:20001,127.0.0.1:20002,127.0.0.1:20003 and run with ${SETTING} set to the same.`,
    );
  }
  return ports;
}

export interface Receivers {
  hook: HttpReceiver;
  /** Answers what `mood` says at that moment. */
  moody: HttpReceiver;
  mood: { status: number };
  mail: MailReceiver;
  close(): Promise<void>;
}

/** One journey at a time runs, so that all use the same ports. */
export async function startReceivers(): Promise<Receivers> {
  const [hookPort, moodyPort, mailPort] = receiverPorts();
  const mood = { status: 200 };
  const [hook, moody, mail] = await Promise.all([
    httpReceiver(undefined, hookPort),
    httpReceiver(() => ({ status: mood.status, body: mood.status < 300 ? "ok" : "no such hook" }), moodyPort),
    mailReceiver(mailPort),
  ]);
  return {
    hook,
    moody,
    mood,
    mail,
    close: async () => void (await Promise.all([hook.close(), moody.close(), mail.close()])),
  };
}

/** Each channel of a journey has a path of its own: what others still try to deliver at this port is not its. */
export const pathOf = (channel: string) => `/${encodeURIComponent(channel)}`;

/** What a channel was told whose title holds a text, in the order of arrival. */
export const toldAbout = (receiver: HttpReceiver, channel: string, text: string): Received[] =>
  receiver.received.filter(({ path, body }) => path === pathOf(channel) && titleOf(body).includes(text));

const titleOf = (body: string) => (JSON.parse(body) as { data: { title: string } }).data.title;

export const typesAbout = (...asked: Parameters<typeof toldAbout>): string[] =>
  toldAbout(...asked).map(({ body }) => (JSON.parse(body) as { type: string }).type);

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}
