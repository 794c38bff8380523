/** Real receivers on this machine: an HTTP server and a mail server that write down what they got. */
import { createHmac } from "node:crypto";
import http from "node:http";
import type net from "node:net";
import { SMTPServer } from "smtp-server";

export interface Received {
  path: string;
  headers: http.IncomingHttpHeaders;
  body: string;
}

export interface HttpReceiver {
  host: string;
  url: string;
  received: Received[];
  close(): Promise<void>;
}

interface HttpAnswer {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

/** `answer`: what the n-th call (from 1) is answered, perhaps later; default 200. `port`: default any that is free. */
export async function httpReceiver(
  answer: (n: number, received: Received) => HttpAnswer | Promise<HttpAnswer> = () => ({ status: 200, body: "ok" }),
  port = 0,
): Promise<HttpReceiver> {
  const received: Received[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const one = { path: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks).toString("utf8") };
      received.push(one);
      void Promise.resolve(answer(received.length, one)).then(({ status, headers, body }) =>
        response.writeHead(status, headers).end(body),
      );
    });
  });
  await listening(server, port);
  const host = `127.0.0.1:${(server.address() as net.AddressInfo).port}`;
  return {
    host,
    url: `http://${host}`,
    received,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface MailReceiver {
  host: string;
  port: number;
  /** Whole mails with their headers. */
  mails: string[];
  close(): Promise<void>;
}

/** `taken`: a mail is in the box, and acknowledged when this is done. */
export async function mailReceiver(wanted = 0, taken: () => Promise<void> = () => Promise.resolve()): Promise<MailReceiver> {
  const mails: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["AUTH", "STARTTLS"],
    onData: (stream, _session, done) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        mails.push(Buffer.concat(chunks).toString("utf8"));
        void taken().then(() => done());
      });
    },
  });
  // A sender that is killed leaves its connection broken.
  server.on("error", () => undefined);
  await listening(server.server, wanted);
  const { port } = server.server.address() as net.AddressInfo;
  return { host: `127.0.0.1:${port}`, port, mails, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

function listening(server: net.Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** As a receiver checks it (Standard Webhooks 1.0): any of the signatures is HMAC-SHA256 over `id.timestamp.body`. */
export function isSignedWith(secret: string, { headers, body }: Received): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const signed = `${headers["webhook-id"] as string}.${headers["webhook-timestamp"] as string}.${body}`;
  const expected = `v1,${createHmac("sha256", key).update(signed).digest("base64")}`;
  return String(headers["webhook-signature"]).split(" ").includes(expected);
}

export const headerOf = (mail: string, name: string): string | undefined =>
  new RegExp(`^${name}: (.*)$`, "im").exec(mail.replace(/\r\n[ \t]+/g, " "))?.[1]?.trim();
